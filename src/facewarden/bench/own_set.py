"""An operator's own set of pictures as templates: one folder a person, and a table of groups where there is one.

Never writes a template anywhere: they live as long as the measurement.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from facewarden.bench.portraits import PHOTO_SUFFIXES, Progress, largest_faces
from facewarden.errors import BadUseError
from facewarden.matching.labelled import LabelledTemplates
from facewarden.ports import FaceEngine, PhotoDecoder

GROUPS_FILE = "people.csv"
PERSON_COLUMN = "person"
MOST_PEOPLE = 20_000  # 200 million pairs: some minutes, and more than any rate here needs
MOST_VALUES = 24  # a column with more values is no group but a description of each person


def labelled_templates(
    folder: Path, decoder: PhotoDecoder, engine: FaceEngine, progress: Progress
) -> LabelledTemplates:
    """The templates of a set: `folder`/PERSON/*.jpg, each photo's largest face; raises BadUseError `bad_set`.

    `folder`/people.csv may name groups: a column `person`, and one column for each way of grouping.
    A face below a quality floor is a failure to enrol, as in the product. `progress` hears photos done and in all.
    """
    pictures = pictures_of(folder)
    paths = [(person, path) for person, paths in pictures.items() for path in paths]
    people: list[str] = []
    nothing = np.zeros((0, engine.card.dimension), np.float32)
    searched, enrolled = [nothing], [nothing]
    for names, images, faces in largest_faces(paths, decoder, engine, floors=True, progress=progress):
        people += names
        searched.append(engine.templates(images, faces, engine.card.probe_views))
        enrolled.append(engine.templates(images, faces, engine.card.enrol_views))
    return LabelledTemplates(
        tuple(people),
        np.concatenate(searched),
        np.concatenate(enrolled),
        dict(Counter(of for of, _ in paths)),
        groups_of(folder / GROUPS_FILE, set(pictures)),
    )


def pictures_of(folder: Path) -> dict[str, list[Path]]:
    """Each person's pictures by the name of the person's folder, both in order; raises BadUseError `bad_set`."""
    if not folder.is_dir():
        raise BadUseError("no_such_path", f"There is no folder {folder}.", next_step="Give a folder of folders.")
    people = {
        inner.name: sorted(path for path in inner.iterdir() if path.suffix.lower() in PHOTO_SUFFIXES)
        for inner in sorted(folder.iterdir())
        if inner.is_dir()
    }
    people = {person: paths for person, paths in people.items() if paths}
    if not people or len(people) > MOST_PEOPLE:
        raise BadUseError(
            "bad_set",
            f"{folder} holds the pictures of {len(people):,} people.",
            f"A set is a folder with one folder of photos for each person, {MOST_PEOPLE:,} people at most.",
            "Give such a folder: SET/PERSON/1.jpg, SET/PERSON/2.jpg and so on.",
        )
    return people


def groups_of(table: Path, people: set[str]) -> Mapping[str, frozenset[str]]:
    """The groups that the table names, "column=value" to people; none without a table; raises BadUseError `bad_set`."""
    if not table.exists():
        return {}
    try:
        with table.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, strict=True))
    except (csv.Error, UnicodeDecodeError, OSError) as problem:
        raise _bad_table(table, "It is no table of comma-separated values in UTF-8.") from problem
    columns = list(rows[0]) if rows else []
    if PERSON_COLUMN not in columns:
        raise _bad_table(table, f"It has no column {PERSON_COLUMN}.")
    groups: dict[str, set[str]] = {}
    for line, row in enumerate(rows, start=2):
        person = row[PERSON_COLUMN]
        if person not in people:
            raise _bad_table(table, f"Line {line} names a person who has no folder in the set.")
        for column in columns:
            value = (row[column] or "").strip()
            if column != PERSON_COLUMN and value:
                groups.setdefault(f"{column}={value}", set()).add(person)
    sizes = Counter(name.split("=", 1)[0] for name in groups)
    return {name: frozenset(of) for name, of in groups.items() if sizes[name.split("=", 1)[0]] <= MOST_VALUES}


def _bad_table(table: Path, why: str) -> BadUseError:
    hint = f"Give a column {PERSON_COLUMN} with the folders' names and one column a grouping, or leave the file out."
    return BadUseError("bad_set", f"{table} cannot be used.", why, hint)
