"""The index: a fast scan over all templates, rebuildable from the records at any time.

It never decides what is shown, and it is never the only place that holds anything.
"""
