"""Hosts that asked to be left alone, permissions of owners, other names of sites. Never lifts a bar by itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from facewarden.adapters.records_sql import dialect
from facewarden.adapters.records_sql import tables_collecting as collecting
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.times import from_us, to_us
from facewarden.domain.hosts import BarReason, BarredHost, HostPermission
from facewarden.domain.ids import random_id
from facewarden.errors import BadUseError, Error
from facewarden.ports import Blobs


class SqlHostBars:
    """The HostBarRecords port over SQL; documents among the encrypted files."""

    def __init__(self, database: Database, blobs: Blobs) -> None:
        self._database = database
        self._blobs = blobs

    def barred(self) -> Sequence[BarredHost]:
        """Every host barred here, by its name; the lifted ones too."""
        table = collecting.barred_hosts
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.host)).all()
        return [BarredHost(row.host, BarReason(row.reason), from_us(row.barred_at_us), row.letter_hash) for row in rows]

    def permissions(self) -> Sequence[HostPermission]:
        """Every permission of a site's owner, by host, in force or proposed."""
        table = collecting.host_permissions
        with self._database.reading() as connection:
            rows = connection.execute(sa.select(table).order_by(table.c.host)).all()
        return [HostPermission(row.host, row.document_hash, row.proposed_by, row.approved_by) for row in rows]

    def propose(self, permission: HostPermission, document: bytes, audit_index: int) -> None:
        """Stores a permission that nobody approved yet, in place of what was recorded of that host before."""
        table, blob_id = collecting.host_permissions, random_id("pm")
        self._blobs.put_many({blob_id: document})
        row = {
            "host": permission.host,
            "document_hash": permission.document_hash,
            "document_blob": blob_id,
            "proposed_by": permission.proposed_by,
            "approved_by": None,
            "changed_at_us": to_us(self._database.clock.now()),
            "audit_index": audit_index,
        }
        try:
            with self._database.writing() as connection:
                old = sa.select(table.c.document_blob).where(table.c.host == permission.host)
                replaced = connection.execute(old).scalar()
                dialect.upsert(connection, table, ["host"], [row])
        except Error:
            self._blobs.delete([blob_id])
            raise
        if replaced is not None:
            self._blobs.delete([replaced])

    def approve(self, permission: HostPermission, approved_by: str, audit_index: int) -> None:
        """Has that very permission be in force; BadUseError `permission_changed` if another stands there by now."""
        table = collecting.host_permissions
        same = sa.and_(
            table.c.host == permission.host,
            table.c.document_hash == permission.document_hash,
            table.c.proposed_by == permission.proposed_by,
            table.c.approved_by.is_(None),
        )
        changed = {
            "approved_by": approved_by,
            "audit_index": audit_index,
            "changed_at_us": to_us(self._database.clock.now()),
        }
        with self._database.writing() as connection:
            if connection.execute(sa.update(table).where(same).values(**changed)).rowcount != 1:
                raise BadUseError(
                    "permission_changed",
                    "Another permission of this host was recorded meanwhile.",
                    next_step="Look at it again: facewarden source hosts",
                )

    def mirrors(self) -> Mapping[str, frozenset[str]]:
        """The other names of sites that were noted here, by host."""
        table = collecting.mirrors
        found: dict[str, set[str]] = {}
        with self._database.reading() as connection:
            for row in connection.execute(sa.select(table)):
                found.setdefault(row.host, set()).add(row.mirror)
        return {host: frozenset(names) for host, names in found.items()}

    def note_mirror(self, host: str, mirror: str) -> None:
        """Remembers that both names belong to one site, either way round."""
        now_us = to_us(self._database.clock.now())
        rows = [
            {"host": one, "mirror": other, "noted_at_us": now_us} for one, other in ((host, mirror), (mirror, host))
        ]
        with self._database.writing() as connection:
            dialect.insert_new(connection, collecting.mirrors, ["host", "mirror"], rows)
