"""The records: the one truth about accounts, cases, sources, photos, faces, searches and durable work, in SQL.

No row leaves this room: what comes out are values of `facewarden.domain`. Never decides what the law decides.
"""
