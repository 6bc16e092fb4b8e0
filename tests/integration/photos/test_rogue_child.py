"""A subverted child cannot make the parent believe, wait or fall: each of its lies ends in an error."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from facewarden.adapters.photos_decode.decoder import SandboxDecoder
from facewarden.adapters.photos_decode.limits import DecodeLimits
from facewarden.adapters.photos_decode.protocol import REPLY, REQUEST
from facewarden.adapters.photos_decode.worker import Worker
from facewarden.domain.photos import DecodedPhoto
from facewarden.errors import BadPhotoError

_HELLO = (0, 0, 0, 0, 0, 1.0, b'{"missing": ""}')
_TRUE = (1, 0, 2, 1, 6, 1.0, b'{"tags": {}}')


def _packed(status, number, width, height, area_bytes, scale, said):
    return REPLY.pack(status, number, width, height, area_bytes, scale, len(said)) + said


class _RogueWorker(Worker):
    """A worker whose child answers every request with the same bytes, then sleeps."""

    answer = b""

    def _spawn(self, descriptor):
        program = (
            "import os, sys, time\n"
            f"os.write(1, {_packed(*_HELLO)!r})\n"
            f"while os.read(0, {REQUEST.size}):\n"
            f"    answer = {self.answer!r}\n"
            "    while answer: answer = answer[os.write(1, answer):]\n"
        )
        return subprocess.Popen([sys.executable, "-I", "-c", program], stdin=-1, stdout=-1, bufsize=0)


def _rogue(answer, timeout_s=60.0):
    limits = DecodeLimits(timeout_s=timeout_s)
    sandbox, worker = SandboxDecoder(limits), _RogueWorker(limits)
    worker.answer = answer
    sandbox._workers = (worker,)
    sandbox._idle.get()
    sandbox._idle.put(worker)
    return sandbox


def test_the_control_an_honest_answer_is_believed():
    with _rogue(_packed(*_TRUE)) as sandbox:
        (photo,) = sandbox.decode([b"x"])
        assert isinstance(photo, DecodedPhoto)
        assert photo.pixels.shape == (1, 2, 3)


def _lie(**changes):
    names = ("status", "number", "width", "height", "area_bytes", "scale", "said")
    return _packed(**(dict(zip(names, _TRUE, strict=True)) | changes))


_DEEP = b"[" * 100_000
_LIES = {
    "more pixels than sent": _lie(width=3),
    "no pixels": _lie(width=0, area_bytes=0),
    "larger than asked for": _lie(width=4000, height=1, area_bytes=12_000),
    "more than the area holds": _lie(area_bytes=1 << 31),
    "endless text": REPLY.pack(*_TRUE[:-1], 1 << 31),
    "text without sense": _lie(said=b"\xff"),
    "text as deep as the stack": _lie(said=_DEEP),
    "no object": _lie(said=b"[]"),
    "a format of its own": _lie(number=9),
    "a status of its own": _lie(status=77),
    "a scale of nothing": _lie(scale=float("nan")),
    "an enlarged photo": _lie(scale=2.0),
    "an error of its own": _lie(status=2, said=b'{"code": "{0.__class__}", "seen": "{x}"}'),
    "an error without its details": _lie(status=2, said=b'{"code": "too_many_pixels"}'),
}


@pytest.mark.parametrize("name", list(_LIES))
def test_a_lie_is_an_error(name):
    with _rogue(_LIES[name]) as sandbox:
        (error,) = sandbox.decode([b"x"])
    assert isinstance(error, BadPhotoError)
    assert error.code == "decoder_crashed"


def test_half_an_answer_is_waited_for_no_longer_than_the_limit():
    with _rogue(_packed(*_TRUE)[:20], timeout_s=0.5) as sandbox:
        (error,) = sandbox.decode([b"x"])
    assert error.code == "decode_timeout"


def test_an_answer_kept_ready_for_the_next_photo_is_not_taken():
    """Two answers to one question: the second must not become the next photo's pixels."""
    forged = _lie(said=b'{"tags": {"forged": "yes"}}')
    with _rogue(_packed(*_TRUE) + forged) as sandbox:
        (first,) = sandbox.decode([b"x"])
        time.sleep(0.1)
        (second,) = sandbox.decode([b"y"])
    assert isinstance(first, DecodedPhoto)
    assert "forged" not in getattr(second, "metadata", first.metadata).tags


def test_metadata_out_of_range_is_dropped():
    said = {
        "tags": {"a\nb": "c" * 5000, "n": 7},
        "taken_at": "never",
        "latitude_deg": 91.0,
        "longitude_deg": float("nan"),
    }
    with _rogue(_lie(said=json.dumps(said).encode())) as sandbox:
        metadata = sandbox.decode([b"x"])[0].metadata
    assert (metadata.taken_at, metadata.latitude_deg, metadata.longitude_deg) == (None, None, None)
    assert metadata.tags == {"a b": "c" * 2500, "n": "7"}


def test_a_rendering_that_is_no_jpeg_is_not_handed_on():
    with _rogue(_packed(*_TRUE)) as sandbox, pytest.raises(BadPhotoError) as caught:
        sandbox.render(b"<html>", max_side_px=10, crop=None)
    assert caught.value.code == "decoder_crashed"
