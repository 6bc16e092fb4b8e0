"""How people get out and stay out: requests, erasure, suppression, access, receipts."""
