"""Facts of past decisions in a file of their own, each readable only as long as what it is about exists.

Never holds a fact in the clear, and never a key.
"""
