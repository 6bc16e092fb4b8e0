"""A customer list as a sales system writes it, read into what the law needs to know. Never gives anybody an account."""
