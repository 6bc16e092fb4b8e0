"""One decoder for the tests of this folder, and a way to make files for it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator

import pytest
from PIL import Image

from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.adapters.photos_decode.limits import DecodeLimits
from facewarden.domain.photos import DecodedPhoto
from facewarden.errors import BadPhotoError

Encode = Callable[..., bytes]


@pytest.fixture(scope="session")
def decoder() -> Iterator[SandboxDecoder]:
    with SandboxDecoder(DecodeLimits(timeout_s=30)) as sandbox:
        yield sandbox


@pytest.fixture(scope="session")
def encoded() -> Encode:
    """`encoded(image, "JPEG", **options)`: the file's bytes."""

    def encode(image: Image.Image, form: str, **options: object) -> bytes:
        buffer = io.BytesIO()
        image.save(buffer, form, **options)
        return buffer.getvalue()

    return encode


@pytest.fixture(scope="session")
def scene() -> Image.Image:
    """A 120 x 80 picture of which no turn or mirror image equals another."""
    image = Image.new("RGB", (120, 80), (200, 200, 200))
    image.paste((220, 30, 30), (0, 0, 60, 40))
    image.paste((30, 200, 30), (60, 0, 120, 40))
    image.paste((30, 30, 210), (0, 40, 60, 80))
    return image


@pytest.fixture(scope="session")
def photo_of(decoder: SandboxDecoder) -> Callable[[bytes], DecodedPhoto]:
    """The decoded photo of a file that must be good."""

    def decode(content: bytes) -> DecodedPhoto:
        (photo,) = decoder.decode([content])
        assert isinstance(photo, DecodedPhoto), photo
        return photo

    return decode


@pytest.fixture(scope="session")
def refusal_of(decoder: SandboxDecoder) -> Callable[[bytes], str]:
    """The code under which a file that must be bad is refused; its message says what to do next."""

    def decode(content: bytes) -> str:
        (error,) = decoder.decode([content])
        assert isinstance(error, BadPhotoError), "it was decoded"
        assert error.what.endswith(".")
        assert error.next_step.endswith(".")
        assert "{" not in str(error)
        return error.code

    return decode
