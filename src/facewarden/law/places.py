"""Where a point is: states of the USA, provinces of Canada, all other countries, from public-domain boundaries.

It never decides a point within half a kilometre of a line between two places: that is "border", with both named.

Sources: US Census Bureau, cartographic boundaries 2016 at 1:500,000 (state lines good to some 250 m); Natural Earth
1:10,000,000 (countries, provinces, state waters of the Great Lakes; 95 of 100 points of a line on land within 1.5 km
and all within 3 km of where the Census Bureau draws the same line). Both public domain.
The Illinois part of Lake Michigan runs to the middle of the lake: Act of 18 April 1818, 3 Stat. 428, section 2.
"""

from __future__ import annotations

import hashlib
import io
import math
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from facewarden.errors import UnavailableError

BORDER = "border"
BORDER_BAND_M = 500.0
"""Half-width of the band along a line in which a point is undetermined: twice the state lines' stated accuracy."""
MAP_SHA256 = "d3a5a4756a69886de40e1e9c94d790aff62f23c7a9118b85625ea12edcd58fd8"
_GRID_DEG = 1e-4
_METRES_PER_DEGREE = 111_195.0  # of latitude, mean Earth radius 6,371 km
_EDGE_DEG = 180.0


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """`place`: an ISO 3166 code, `BORDER`, or None in no known place; `near`: every place within the band."""

    place: str | None
    near: frozenset[str]


class PlaceMap:
    """The boundaries, in memory. Safe to share between threads."""

    def __init__(self, content: bytes) -> None:
        """Raises UnavailableError where the file is damaged."""
        try:
            with np.load(io.BytesIO(content), allow_pickle=False) as packed:
                self._names = [str(name) for name in packed["names"]]
                self._owners: NDArray[np.int16] = packed["owners"]
                self._starts: NDArray[np.int64] = packed["starts"].astype(np.int64)
                steps = (packed["highs"].astype(np.int64) << 8) + packed["lows"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise _damaged() from error
        running = np.cumsum(steps, axis=1)
        before = np.concatenate([np.zeros((2, 1), np.int64), running], axis=1)[:, self._starts[:-1]]
        rings = np.repeat(before, np.diff(self._starts), axis=1)
        self._longitudes, self._latitudes = (running - rings) * _GRID_DEG
        first = self._starts[:-1]
        self._boxes = np.stack(
            [
                np.minimum.reduceat(self._longitudes, first),
                np.minimum.reduceat(self._latitudes, first),
                np.maximum.reduceat(self._longitudes, first),
                np.maximum.reduceat(self._latitudes, first),
            ]
        )

    @property
    def names(self) -> tuple[str, ...]:
        """Every place that the map knows."""
        return tuple(self._names)

    def find(self, latitude_deg: float, longitude_deg: float) -> Whereabouts:
        """Where a WGS 84 point is. Latitude -90 to 90, longitude -180 to 180, both finite, else ValueError."""
        if not (abs(latitude_deg) <= 90.0 and abs(longitude_deg) <= _EDGE_DEG):
            raise ValueError("the point is not on the globe")
        near: set[str] = set()
        # The map is cut along the antimeridian: near it, look from both sides.
        turns = (0.0,) if abs(longitude_deg) < _EDGE_DEG - 0.1 else (0.0, -math.copysign(360.0, longitude_deg))
        for turn in turns:
            near |= self._near(latitude_deg, longitude_deg + turn)
        if len(near) > 1:
            return Whereabouts(BORDER, frozenset(near))
        return Whereabouts(min(near, default=None), frozenset(near))

    def _near(self, latitude: float, longitude: float) -> set[str]:
        """The places that contain the point or come within the band of it."""
        north = BORDER_BAND_M / _METRES_PER_DEGREE
        east = min(360.0, north / max(math.cos(math.radians(latitude)), 1e-9))
        west_edge, south_edge, east_edge, north_edge = self._boxes
        candidates = np.flatnonzero(
            (west_edge - east <= longitude)
            & (longitude <= east_edge + east)
            & (south_edge - north <= latitude)
            & (latitude <= north_edge + north)
        )
        inside: set[int] = set()
        near: set[int] = set()
        for ring in candidates:
            owner = int(self._owners[ring])
            x = self._longitudes[self._starts[ring] : self._starts[ring + 1]] - longitude
            y = self._latitudes[self._starts[ring] : self._starts[ring + 1]] - latitude
            if _crosses_odd(x, y):
                inside ^= {owner}  # a hole, or an island in it, turns the answer
            if owner not in near and _distance_m(x, y, longitude, latitude) <= BORDER_BAND_M:
                near.add(owner)
        return {self._names[owner] for owner in inside | near}


def load_place_map(path: Path | None = None) -> PlaceMap:
    """The map that ships with the program, its SHA-256 checked; or the file given, unchecked.

    Raises UnavailableError where it is missing or damaged.
    """
    builtin = Path(__file__).parent / "data" / "places.npz"
    try:
        content = (path or builtin).read_bytes()
    except OSError as error:
        raise _damaged() from error
    if path is None and hashlib.sha256(content).hexdigest() != MAP_SHA256:
        raise _damaged()
    return PlaceMap(content)


def _crosses_odd(x: NDArray[np.float64], y: NDArray[np.float64]) -> bool:
    """True if a ray east of the origin crosses the closed ring an odd number of times."""
    above = y > 0
    crossing = np.flatnonzero(above[1:] != above[:-1])
    x1, y1, x2, y2 = x[crossing], y[crossing], x[crossing + 1], y[crossing + 1]
    return bool(np.count_nonzero(x1 - y1 * (x2 - x1) / (y2 - y1) > 0) & 1)


def _distance_m(x: NDArray[np.float64], y: NDArray[np.float64], longitude: float, latitude: float) -> float:
    """Metres from the origin to the nearest real edge of the ring; the map's own cuts are no edges."""
    scale = np.array([math.cos(math.radians(latitude)), 1.0]) * _METRES_PER_DEGREE
    reach = BORDER_BAND_M / scale
    edge_x, edge_y = np.abs(x + longitude) >= _EDGE_DEG - _GRID_DEG, y + latitude <= -90.0 + _GRID_DEG
    close = ~((edge_x[1:] & edge_x[:-1]) | (edge_y[1:] & edge_y[:-1]))
    for values, limit in ((x, reach[0]), (y, reach[1])):
        close &= (np.minimum(values[1:], values[:-1]) <= limit) & (np.maximum(values[1:], values[:-1]) >= -limit)
    found = np.flatnonzero(close)
    if not found.size:
        return math.inf
    start = np.stack([x[found], y[found]], axis=1) * scale
    step = np.stack([x[found + 1], y[found + 1]], axis=1) * scale - start
    length = np.maximum((step * step).sum(axis=1), 1e-12)
    along = np.clip(-(start * step).sum(axis=1) / length, 0.0, 1.0)
    return float(np.sqrt(((start + along[:, None] * step) ** 2).sum(axis=1).min()))


def _damaged() -> UnavailableError:
    return UnavailableError(
        "place_map_invalid",
        "The map of places is missing or damaged.",
        "Its file cannot be read or is not the one that was shipped.",
        "Install facewarden again.",
    )
