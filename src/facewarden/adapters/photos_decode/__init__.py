"""Photos to pixels, in a child process that can be lost: hostile files are parsed there and nowhere else.

Imports nothing here: the child runs this package too, and must start without numpy and without the rest.
"""
