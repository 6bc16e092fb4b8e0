"""Witnesses of the audit log: asking one, and being one."""
