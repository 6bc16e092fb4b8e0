"""Photos made to take long, sent by anybody: those who work here are not kept waiting by them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from facewarden.errors import BadPhotoError, UnavailableError
from facewarden.services.taking_out.request_faces import WAITING_MAX, RequestFaces
from facewarden.services.taking_out.request_form import RequestForm
from tests.processes import wait_until


class SlowDecoder:
    """Takes until it is let go for each photo, and finds none good."""

    def __init__(self) -> None:
        self.at_work, self.go = 0, threading.Event()

    def decode(self, files):
        self.at_work += 1
        self.go.wait()
        return [BadPhotoError("decode_timeout", "It took too long.", "", "Send another.") for _ in files]


@pytest.fixture
def decoder():
    made = SlowDecoder()
    yield made
    made.go.set()


def test_photos_of_the_public_are_decoded_one_at_a_time_and_few_wait(decoder):
    faces = RequestFaces(decoder, None, 0.5)
    ended = []

    def send():
        try:
            faces.see([b"slow"], RequestForm())
        except (BadPhotoError, UnavailableError) as error:
            ended.append(error.code)

    with ThreadPoolExecutor(2 * WAITING_MAX) as pool:
        for _ in range(WAITING_MAX + 3):
            pool.submit(send)
        wait_until(lambda: len(ended) == 3)
        assert (ended, decoder.at_work) == (["requests_busy"] * 3, 1)
        decoder.go.set()
    assert ended.count("decode_timeout") == WAITING_MAX
    ended.clear()
    send()
    assert ended == ["decode_timeout"], "there is room again"
