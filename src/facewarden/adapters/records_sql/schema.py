"""All tables, from every module that describes some. Never describes one itself."""

from facewarden.adapters.records_sql import (
    tables,
    tables_casework,
    tables_collecting,
    tables_collections,
    tables_law,
    tables_people,
    tables_taking_out,
)
from facewarden.adapters.records_sql.columns import metadata

TABLES = (tables, tables_law, tables_people, tables_taking_out, tables_collecting, tables_collections, tables_casework)

__all__ = ["TABLES", "metadata"]
