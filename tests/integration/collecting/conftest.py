"""What tests of collections share: sources made active by two people."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageOps

from facewarden.bootstrap.installation import Installation
from facewarden.domain.sources import LegalBasis, SourceKind
from tests.conftest import OPERATOR_PASSWORD, OVERSEER_PASSWORD


@pytest.fixture
def activated() -> Callable[..., None]:
    """Proposes a source and has the second person approve it."""

    def activate(
        installation: Installation,
        name: str,
        basis: LegalBasis,
        country: str | None,
        hosts: tuple[str, ...] = (),
        kind: SourceKind = SourceKind.WEBSITE,
    ) -> None:
        def actor(who: str, password: str):
            return installation.sign_in.actor_of(installation.sign_in.sign_in(who, password))

        installation.sources.add(
            actor("operator", OPERATOR_PASSWORD), name, basis, "", country, hosts, b"The owner agrees.", kind
        )
        installation.sources.approve(actor("otto", OVERSEER_PASSWORD), name)

    return activate


@pytest.fixture(scope="session")
def plain_faces(population) -> list[bytes]:
    """Generated faces whose files say nothing of themselves: it is for the address to decide."""
    faces = []
    for person in range(6):
        file = io.BytesIO()
        with Image.open(io.BytesIO(population.photo(person, 0).content)) as image:
            ImageOps.exif_transpose(image).convert("RGB").save(file, "JPEG", quality=92)
        faces.append(file.getvalue())
    return faces
