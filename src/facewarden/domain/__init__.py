"""What exists: frozen values with the field's names. No I/O, no clock, no framework."""
