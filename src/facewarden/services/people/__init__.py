"""Who may use it: applying, coming in, signing in, changing, being ended."""
