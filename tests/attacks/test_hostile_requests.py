"""Requests made to be read in two ways, and more bodies at once than there is memory for."""

from __future__ import annotations

import asyncio

import pytest

from facewarden.errors import UnavailableError
from facewarden.web.edge import Bodies, Edge

PATH = "/api/v1/cases"
LENGTH, CHUNKED = (b"content-length", b"4"), (b"transfer-encoding", b"chunked")


def _answered(headers: list[tuple[bytes, bytes]]) -> tuple[int, dict[bytes, bytes], bool]:
    """Status and headers of the answer, and whether the app was reached."""
    sent, reached = [], []

    async def app(scope, receive, send):
        reached.append(scope["path"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def send(message):
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": PATH, "headers": headers, "query_string": b""}
    asyncio.run(Edge(app)(scope, None, send))
    return sent[0]["status"], dict(sent[0]["headers"]), bool(reached)


def test_a_request_that_says_in_two_ways_how_long_it_is_ends_the_connection():
    status, headers, reached = _answered([LENGTH, CHUNKED])
    assert (status, headers[b"connection"], reached) == (400, b"close", False)


@pytest.mark.parametrize("headers", [[LENGTH], [CHUNKED], []])
def test_one_way_to_say_it_is_taken(headers):
    assert _answered(headers)[2]


def _from(address: str) -> dict[str, object]:
    return {"client": (address, 40_000)}


def test_one_address_leaves_most_of_the_memory_to_others():
    bodies = Bodies(300)
    with bodies.of(_from("192.0.2.1")) as one, bodies.of(_from("192.0.2.2")) as other:
        one(100)
        with pytest.raises(UnavailableError) as caught:
            one(1)
        other(100)
    assert caught.value.code == "too_many_uploads"


def test_many_addresses_together_get_no_more_than_there_is():
    bodies = Bodies(300)
    with bodies.of(_from("192.0.2.1")) as one, bodies.of(_from("192.0.2.2")) as two, bodies.of(_from("::1")) as three:
        one(100)
        two(100)
        three(100)
        with bodies.of({"client": None}) as four, pytest.raises(UnavailableError):
            four(1)


def test_what_was_held_is_free_again_when_its_request_has_ended():
    bodies = Bodies(300)
    for _ in range(10):
        with bodies.of(_from("192.0.2.1")) as came:
            came(100)
