"""The columns that tables are made of, and the one set of tables that there is. Never names a table."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.schema import SchemaItem

from facewarden.adapters.records_sql.dialect import BIG

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def text(name: str, *rest: SchemaItem, nullable: bool = False, unique: bool = False) -> sa.Column[str]:
    """A column of text."""
    return sa.Column(name, sa.Text, *rest, nullable=nullable, unique=unique)


def key(name: str, *rest: SchemaItem) -> sa.Column[str]:
    """A primary key of random text."""
    return sa.Column(name, sa.Text, *rest, primary_key=True, nullable=False)


def number(name: str, *rest: SchemaItem, nullable: bool = False) -> sa.Column[int]:
    """A column of whole numbers of 64 bits."""
    return sa.Column(name, BIG, *rest, nullable=nullable)


def real(name: str, *, nullable: bool = False) -> sa.Column[float]:
    """A column of floating-point numbers."""
    return sa.Column(name, sa.Float(53), nullable=nullable)
