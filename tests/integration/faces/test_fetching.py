"""A published file comes whole and as pinned, or not at all, whatever a server does."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator

import pytest

from facewarden.adapters.faces_onnx.fetching import Limits, fetch
from facewarden.errors import DamagedError, Error, UnavailableError
from tests.integration.faces.weights_server import (
    Publisher,
    dripping,
    endless,
    led_to,
    partly,
    publishing,
    whole,
)

CONTENT = bytes(range(256)) * 1_000
SHA256 = hashlib.sha256(CONTENT).hexdigest()
URL = "https://huggingface.co/opencv/model.onnx"


@pytest.fixture
def publisher(tmp_path, monkeypatch) -> Iterator[Publisher]:
    with publishing(tmp_path) as publisher:
        for name, value in publisher.environment.items():
            monkeypatch.setenv(name, value)
        yield publisher


def _fetch(limits: Limits | None = None) -> bytes:
    return fetch(URL, len(CONTENT), SHA256, limits)


def test_the_published_file_comes(publisher):
    publisher.answers["model.onnx"] = whole(CONTENT)
    assert _fetch() == CONTENT
    assert publisher.seen == [("huggingface.co", "/opencv/model.onnx")]


def test_a_redirect_to_https_is_followed(publisher):
    publisher.answers |= {"model.onnx": led_to("https://elsewhere.example/a?b=c"), "/a?b=c": whole(CONTENT)}
    assert _fetch() == CONTENT
    assert publisher.seen[-1] == ("elsewhere.example", "/a?b=c")


@pytest.mark.parametrize("address", ["https://[::1", "https://elsewhere.example:port/a", "https://x y/"])
def test_a_redirect_to_no_address_is_not_followed(publisher, address):
    publisher.answers["model.onnx"] = led_to(address)
    with pytest.raises(UnavailableError):
        _fetch()
    assert len(publisher.seen) == 1


@pytest.mark.parametrize("address", ["http://elsewhere.example/a", "ftp://elsewhere.example/a", "file:///etc/hostname"])
def test_a_redirect_away_from_https_is_not_followed(publisher, address):
    publisher.answers |= {"model.onnx": led_to(address), "/a": whole(CONTENT)}
    with pytest.raises(UnavailableError) as caught:
        _fetch()
    assert "https" in caught.value.why
    assert len(publisher.seen) == 1


def test_redirects_without_an_end_end(publisher):
    publisher.answers["model.onnx"] = led_to("/again/model.onnx")
    with pytest.raises(UnavailableError, match="more than 5 times"):
        _fetch()
    assert len(publisher.seen) == 6


@pytest.mark.parametrize(
    ("answer", "error", "why"),
    [
        (whole(CONTENT[::-1]), DamagedError, "SHA-256"),
        (whole(CONTENT + b"x"), DamagedError, "256,001 bytes instead of"),
        (endless, DamagedError, "longer than 256,000 bytes"),
        (whole(CONTENT[:-1]), UnavailableError, "255,999 of 256,000"),
        (partly(CONTENT[:99], len(CONTENT)), UnavailableError, "99 of 256,000"),
        (lambda request: request.send_error(503), UnavailableError, "503"),
        (lambda request: request.connection.close(), UnavailableError, "no answer"),
    ],
    ids=["other bytes", "one byte more", "no end", "one byte less", "broken off", "an error", "hung up"],
)
def test_anything_else_is_refused_with_the_reason(publisher, answer, error, why):
    publisher.answers["model.onnx"] = answer
    with pytest.raises(error) as caught:
        _fetch()
    assert why in caught.value.why
    assert "--from FOLDER" in caught.value.next_step


@pytest.mark.parametrize("start", [b"HTTP/1.1 200 OK\r\nX-Slow: ", b"HTTP/1.1 200 OK\r\n\r\n"], ids=["headers", "body"])
def test_a_server_that_drips_is_cut_off(publisher, start):
    started, over = threading.Event(), threading.Event()
    publisher.answers["model.onnx"] = dripping(start, started, over)
    try:
        with pytest.raises(UnavailableError) as caught:
            _fetch(Limits(wait_s=30.0, whole_s=0.5))
    finally:
        over.set()
    assert started.is_set()
    assert "too long" in caught.value.why


def test_a_certificate_of_another_authority_is_not_trusted(publisher, monkeypatch):
    publisher.answers["model.onnx"] = whole(CONTENT)
    monkeypatch.delenv("SSL_CERT_FILE")
    with pytest.raises(UnavailableError) as caught:
        _fetch()
    assert "certificate" in caught.value.why
    assert publisher.seen == []


def test_a_certificate_for_another_name_is_not_trusted(publisher):
    publisher.answers["model.onnx"] = whole(CONTENT)
    with pytest.raises(UnavailableError) as caught:
        fetch("https://other.example/model.onnx", len(CONTENT), SHA256)
    assert "certificate" in caught.value.why
    assert publisher.seen == []


@pytest.mark.parametrize("proxy", ["http://127.0.0.1:1", "http://", "http://[::1"])
def test_a_proxy_that_is_none_is_said_so(publisher, monkeypatch, proxy):
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(Error) as caught:
        _fetch()
    assert caught.value.code == "model_pull_failed"
