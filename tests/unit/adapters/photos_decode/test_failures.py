"""Every failure has its sentences, and one made up by a child counts as a crash."""

from __future__ import annotations

import pytest

from facewarden.adapters.photos_decode.failures import CODES, bad_photo
from facewarden.adapters.photos_decode.protocol import REPLY, REQUEST, Act, Reply, Request, Status

_DETAILS = {
    "size_mb": 41, "limit_mb": 40, "seen": "GIF", "width_px": 9, "height_px": 8, "limit_mp": 64, "limit_px": 7,
    "limit_s": "15", "how": "signal 11",
}  # fmt: skip


@pytest.mark.parametrize("code", sorted(CODES))
def test_a_failure_says_what_happened_and_what_to_do(code):
    error = bad_photo(code, _DETAILS)
    assert error.code == code
    assert error.what[0].isupper()
    assert error.what.endswith(".")
    assert error.next_step.endswith(".")
    assert "{" not in error.what


@pytest.mark.parametrize(("code", "details"), [("made_up", _DETAILS), ("too_many_pixels", {}), ("", {})])
def test_a_failure_that_makes_no_sense_counts_as_a_crash(code, details):
    assert bad_photo(code, details).code == "decoder_crashed"


@pytest.mark.parametrize("crop", [None, (0, 0, 1, 1), (-5, 2, 30_000, 4)])
def test_a_request_arrives_as_it_was_sent(crop):
    request = Request(Act.RENDER, 40 << 20, 2048, crop)
    assert len(request.pack()) == REQUEST.size
    assert Request.unpack(request.pack()) == request


def test_a_reply_states_the_length_of_its_text():
    packed = Reply(Status.DONE, b'{"a":1}', 2, 30, 20, 1800, 0.5).pack()
    assert REPLY.unpack(packed[: REPLY.size]) == (1, 2, 30, 20, 1800, 0.5, 7)
    assert packed[REPLY.size :] == b'{"a":1}'
