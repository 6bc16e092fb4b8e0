"""Where the hashes and entries of a log lie, against the C2SP text's own examples and a layout written apart."""

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.audit.edge import Edge
from facewarden.audit.merkle import complete_root, leaf_hash, root_hash
from facewarden.audit.tiles import (
    ENTRIES_LEVEL,
    Tile,
    TileNodes,
    changed_tiles,
    decode_bundle,
    edge_tiles,
    encode_bundle,
    parse_tile_path,
    trim,
)
from facewarden.errors import BadUseError, DamagedError


def test_paths_are_those_of_the_specification():
    assert Tile(0, 1234067).path == "tile/0/x001/x234/067"
    assert Tile(2, 0, 17).path == "tile/2/000.p/17"
    assert Tile(ENTRIES_LEVEL, 999).path == "tile/entries/999"
    assert Tile(ENTRIES_LEVEL, 1000, 255).path == "tile/entries/x001/000.p/255"


def test_a_tree_of_70000_has_the_tiles_that_the_specification_lists():
    tiles = [tile for tile in changed_tiles(0, 70_000) if tile.level != ENTRIES_LEVEL]
    full = [tile for tile in tiles if tile.is_full]
    assert len([tile for tile in full if tile.level == 0]) == 273
    assert [tile for tile in full if tile.level == 1] == [Tile(1, 0)]
    assert [tile for tile in tiles if not tile.is_full] == [Tile(0, 273, 112), Tile(1, 1, 17), Tile(2, 0, 1)]
    assert [tile for tile in edge_tiles(256) if tile.level >= 0] == [Tile(1, 0, 1)]


@given(st.integers(0, 10**15), st.integers(-1, 7), st.integers(1, 256))
def test_every_path_names_its_tile(index, level, width):
    tile = Tile(level, index, width)
    assert parse_tile_path(tile.path) == tile


@pytest.mark.parametrize(
    "path",
    [
        "",
        "tile",
        "tile/0",
        "tile/8/000",
        "tile/00/000",
        "tile/x/000",
        "tile/0/0",
        "tile/0/x001/x002",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/x",
        "tile/0/x000/001",
        "tile/0/../../checkpoint",
        "tile/entries/-01",
        "tile/0/٠٠٠",
        "other/0/000",
        "tile/0/000.p/" + "9" * 5000,
    ],
)
def test_nothing_else_is_a_path(path):
    with pytest.raises(BadUseError) as caught:
        parse_tile_path(path)
    assert caught.value.code == "audit_path_invalid"


@given(st.text())
def test_any_text_is_a_path_or_refused(path):
    with suppress(BadUseError):
        assert parse_tile_path(path).path == path


def test_changed_tiles_are_those_whose_content_grew():
    def width_map(size):
        return {(tile.level, tile.index): tile.width for tile in changed_tiles(0, size)}

    for old, new in [(0, 1), (5, 6), (255, 256), (255, 257), (256, 256), (200, 800), (65535, 65537), (3, 70000)]:
        before, after = width_map(old), width_map(new)
        grown = {place: width for place, width in after.items() if before.get(place, 0) < width}
        assert {(t.level, t.index): t.width for t in changed_tiles(old, new)} == grown
        assert set(edge_tiles(new)) == {Tile(*place, width) for place, width in after.items() if width < 256}


@given(st.lists(st.binary(max_size=300), max_size=256))
def test_a_bundle_gives_back_its_entries(entries):
    assert decode_bundle(encode_bundle(entries)) == entries


@given(st.binary(max_size=2000))
def test_any_bytes_are_a_bundle_or_damaged(content):
    with suppress(DamagedError):
        assert encode_bundle(decode_bundle(content)) == content


def test_an_entry_of_65535_bytes_fits_and_a_longer_one_is_refused():
    assert len(encode_bundle([b"x" * 65535])) == 65537
    with pytest.raises(BadUseError) as caught:
        encode_bundle([b"x" * 65536])
    assert caught.value.code == "audit_entry_too_long"


def test_a_bundle_has_at_most_256_entries():
    with pytest.raises(DamagedError):
        decode_bundle(encode_bundle([b""] * 257))


def test_a_narrower_tile_is_a_prefix_of_the_wider_one():
    entries = [b"%d" % at for at in range(9)]
    assert trim(Tile(ENTRIES_LEVEL, 0, 4), encode_bundle(entries)) == encode_bundle(entries[:4])
    assert trim(Tile(0, 0, 4), bytes(range(256))) == bytes(range(128))
    with pytest.raises(DamagedError):
        trim(Tile(ENTRIES_LEVEL, 0, 10), encode_bundle(entries))


@pytest.mark.parametrize("size", [1, 255, 256, 257, 600, 65_536, 66_100])
def test_the_edge_fills_the_tiles_and_reads_back_from_them(size):
    leaves = [leaf_hash(at.to_bytes(4, "big")) for at in range(size)]
    edge, tiles = Edge(), {}
    for leaf in leaves:
        tiles |= {(tile.level, tile.index): content for tile, content in edge.append(leaf)}
    for tile in edge_tiles(size):
        if tile.level >= 0:
            tiles[tile.level, tile.index] = b"".join(edge.levels[tile.level])
    assert {(tile.level, tile.index): tile.width * 32 for tile in changed_tiles(0, size) if tile.level >= 0} == {
        place: len(content) for place, content in tiles.items()
    }
    assert edge.root() == root_hash(
        size, lambda level, index: complete_root(leaves[index << level : (index + 1) << level])
    )
    assert edge.root() == root_hash(size, TileNodes(lambda *place: tiles[place]))
    again = Edge.from_tiles(size, lambda tile: tiles[tile.level, tile.index])
    assert again.root() == edge.root()
    again.append(leaf_hash(b"more"))
    edge.append(leaf_hash(b"more"))
    assert again.root() == edge.root()


def test_a_copied_edge_grows_alone():
    edge = Edge()
    edge.append(leaf_hash(b"a"))
    twin = edge.copy()
    root = edge.root()
    twin.append(leaf_hash(b"b"))
    assert edge.root() == root != twin.root()
    assert (edge.size, twin.size) == (1, 2)


def test_a_short_tile_is_damage():
    with pytest.raises(DamagedError) as caught:
        TileNodes(lambda level, index: bytes(64))(2, 0)
    assert caught.value.code == "audit_tile_short"
