"""Letters going out. Never sends one twice under one id, and never lets an address break out of its line."""
