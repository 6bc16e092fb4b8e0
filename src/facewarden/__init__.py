"""facewarden: a face search service that an agency runs itself and that the law runs through."""

__version__ = "0.1.0"
