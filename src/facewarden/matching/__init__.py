"""Comparing templates and saying what a score means: pure functions over arrays.

Nothing here reads a photo, opens a file, keeps a template or decides what is shown.
"""
