"""What an investigator does: cases, probes, searches, examinations, and what may leave them."""
