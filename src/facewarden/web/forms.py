"""Bodies of requests: forms and photos, read with a limit while they stream in, in memory alone.

Never writes an uploaded photo to a temporary file: a probe in the clear on a disk could outlive its time.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import TypeVar

from fastapi import Request
from starlette.datastructures import FormData, UploadFile
from starlette.formparsers import FormParser, MultiPartException, MultiPartParser

from facewarden.domain.uploads import Upload
from facewarden.errors import BadUseError
from facewarden.web.addresses import is_api
from facewarden.web.door import FORM_FIELD, check_form_key

MIB = 1024 * 1024
MAX_UPLOAD_BYTES = 40 * MIB  # what the decoder takes: a 50-megapixel phone photo at best quality is some 25 MB
FORM_OVERHEAD_BYTES = MIB // 4  # the other fields and the boundaries around a photo
MAX_FORM_BYTES = 64 * 1024  # a form without a photo
DRAINED_BYTES = 200 * MIB  # read and dropped beyond the limit, so that a browser shows the answer and not a broken line
MAX_FIELDS = 20
MANY_ADDRESS = "/collections/files"
MAX_MANY_BYTES = 256 * MIB  # some hundred photos at a time, held in memory: more is for the command line
MAX_MANY_FILES = 2_000
MAX_FILES = 3  # a person's request may bring three photos of one face
PHOTO_ADDRESSES = (
    "/training",
    "/agreements",
    "/probes",
    "/search",
    "/law/try",
    "/opt-out/take-me-out",
    "/opt-out/in-it",
    "/collections/photo",
    "/sources/propose",
    "/document",
    "/sources/hosts/permit",
    "/sources/takedowns",
)
NUMBER_DIGITS = 4  # no field asks for ten thousand of anything
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
Choice = TypeVar("Choice", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Form:
    """What came in: text fields, and the bytes of the files that were given (a field left empty is absent).

    `uploads` are all files in their order, as the browser named them: one field may give many.
    """

    fields: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)

    def text(self, name: str) -> str:
        """The field's text without the spaces around it, empty if absent."""
        return self.fields.get(name, "").strip()

    def day(self, name: str) -> date | None:
        """The day given in that field, None for none; raises BadUseError `bad_day`."""
        return day_in(self.text(name)) if self.text(name) else None

    def number(self, name: str) -> int:
        """The number given in that field; raises BadUseError `bad_number`."""
        text = self.text(name)
        if not text.isdecimal() or len(text) > NUMBER_DIGITS:
            raise BadUseError("bad_number", f"That is no number: {name}.", next_step=f"Give {name} as digits.")
        return int(text)

    def choice(self, name: str, kind: type[Choice]) -> Choice | None:
        """What was chosen in that field of a closed list, None for none of them."""
        value = self.text(name)
        return kind(value) if value in set(kind) else None

    def chosen(self, name: str, kind: type[Choice], missing: str) -> Choice:
        """The same; raises BadUseError, with `missing` as what is wrong, for none of them."""
        value = self.choice(name, kind)
        if value is None:
            raise BadUseError(f"no_{name}", missing, next_step="Choose one from the list.")
        return value

    def photo(self, name: str) -> bytes:
        """The photo given in that field; raises BadUseError if there is none."""
        if name not in self.files:
            raise BadUseError("no_photo", "No photo was given.", next_step="Choose a JPEG, PNG or WebP file.")
        return self.files[name]


def day_in(text: str) -> date:
    """The day that is written there; raises BadUseError `bad_day`."""
    try:
        return date.fromisoformat(text)
    except ValueError as problem:
        raise BadUseError(
            "bad_day", "That is no day.", next_step="Write it as YEAR-MONTH-DAY, such as 2027-05-12."
        ) from problem


class _InMemoryParser(MultiPartParser):
    def close(self) -> None:
        """Lets go of every photo, those of a body that was cut off too."""
        for file in self._files_to_close_on_error:
            file.close()


async def guard_forms(request: Request) -> None:
    """Reads the form of every page's request that changes something, and checks that this visitor was given it."""
    if request.method in SAFE_METHODS or is_api(request.url.path):
        return
    form = await read_form(request)
    check_form_key(request, form.text(FORM_FIELD))
    request.state.form = form


def form_of(request: Request) -> Form:
    """The form that `guard_forms` read and checked."""
    form: Form = request.state.form
    return form


async def read_form(request: Request) -> Form:
    """The form in the body, URL-encoded or multipart; raises BadUseError."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    multipart = kind == "multipart/form-data"
    takes_photo = multipart and request.url.path.endswith(PHOTO_ADDRESSES)
    takes_many = multipart and request.url.path == MANY_ADDRESS
    limit_bytes = MAX_UPLOAD_BYTES + FORM_OVERHEAD_BYTES if takes_photo else MAX_FORM_BYTES
    limit_bytes = MAX_MANY_BYTES if takes_many else limit_bytes
    body = _limited(request, limit_bytes)
    try:
        if multipart:
            return await _multipart(request, body, limit_bytes, MAX_MANY_FILES if takes_many else MAX_FILES)
        if kind == "application/x-www-form-urlencoded":
            return await _contents(await FormParser(request.headers, body).parse())
    except (MultiPartException, KeyError, ValueError) as problem:
        raise BadUseError(
            "bad_form", "The form cannot be read.", "It is cut off, malformed, or has too many parts.", "Send it again."
        ) from problem
    raise BadUseError(
        "bad_form",
        "This address takes a form.",
        f"It was sent as {kind[:80] or 'nothing'}.",
        "Send it as multipart/form-data or application/x-www-form-urlencoded.",
    )


async def _multipart(request: Request, body: AsyncGenerator[bytes, None], limit_bytes: int, files: int) -> Form:
    parser = _InMemoryParser(request.headers, body, max_files=files, max_fields=MAX_FIELDS)
    parser.spool_max_size = limit_bytes + 1
    try:
        return await _contents(await parser.parse())
    finally:
        parser.close()


async def _contents(data: FormData) -> Form:
    form = Form()
    for name, value in data.multi_items():
        if not isinstance(value, UploadFile):
            form.fields[name] = value
            continue
        content = await value.read()
        if content or value.filename:
            form.files[name] = content
            form.uploads.append(Upload(value.filename or "", content))
    return form


async def _limited(request: Request, limit_bytes: int) -> AsyncGenerator[bytes, None]:
    size_bytes = 0
    async for chunk in request.stream():
        size_bytes += len(chunk)
        if size_bytes <= limit_bytes:
            yield chunk
        elif size_bytes > limit_bytes + DRAINED_BYTES:
            break
    if size_bytes > limit_bytes:
        raise BadUseError(
            "upload_too_large",
            f"That is more than {limit_bytes // MIB} MB." if limit_bytes >= MIB else "That form is too long.",
            "Photos of up to 40 MB are taken, and 256 MB of several at once.",
            "Export the photo as JPEG at its own size, or give fewer at a time.",
        )
