"""Houses in which orders are carried out."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from .orders_house import OrdersHouse


@pytest.fixture
def open_orders_house(tmp_path: Path, migrated_records: Path) -> Iterator[Callable[..., OrdersHouse]]:
    """Opens the house in the test's folder, as often as asked; the packs that decide there are given by name."""
    shutil.copyfile(migrated_records, tmp_path / "records.db")
    opened: list[OrdersHouse] = []

    def open_it(*names: str) -> OrdersHouse:
        opened.append(OrdersHouse(tmp_path, names or ("facewarden-photos",)))
        return opened[-1]

    yield open_it
    for house in opened:
        house.close()
