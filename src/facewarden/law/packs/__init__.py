"""The packs that ship with the program, as data: a folder each with pack.toml and Cedar files.

It never decides which of them bind an installation.
"""
