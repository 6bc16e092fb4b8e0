"""Backups of a data folder as folders of files: see `folders`."""
