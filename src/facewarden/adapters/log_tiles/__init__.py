"""The audit log as files in a folder."""
