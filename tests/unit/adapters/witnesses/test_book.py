"""A witness's folder: what it cosigned is on disk before it says so, and it never tells two stories."""

import http.client
import json
import os
import signal
import threading
from contextlib import contextmanager
from hashlib import sha256

import pytest

from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.adapters.witnesses.book import WitnessBook
from facewarden.adapters.witnesses.client import HttpWitnesses, check_url
from facewarden.adapters.witnesses.server import WitnessServer
from facewarden.audit.cosigning import SIZE_TYPE, Request, joined
from facewarden.audit.note import NoteSigner, cosigned_at, parse_note
from facewarden.errors import BadUseError, DamagedError, UnavailableError
from tests import processes

SEED = bytes(range(32))
ORIGIN = "agency.example/facewarden"
NOW_S = 1_800_000_000


class KilledBook(WitnessBook):
    """Dies between its write and its answer, or just before the write has its name."""

    before = False

    def _keep(self, key, note):
        if not self.before:
            super()._keep(key, note)
        if note is not None:
            os.kill(os.getpid(), signal.SIGKILL)


class SoonerKilledBook(KilledBook):
    before = True


def serve(kind, folder, port_file):
    server = WitnessServer(kind(folder, lambda: NOW_S), "127.0.0.1", 0)
    port_file.with_suffix(".draft").write_text(str(server.server_address[1]))
    port_file.with_suffix(".draft").rename(port_file)
    server.serve_forever()


@contextmanager
def served(kind, tmp_path):
    """The address of a witness in a process of its own."""
    port_file = tmp_path / "port"
    port_file.unlink(missing_ok=True)
    process = processes.begin(os.environ, serve, kind, tmp_path / "witness", port_file)
    try:
        processes.wait_until(port_file.exists)
        yield f"http://127.0.0.1:{port_file.read_text()}"
    finally:
        processes.kill(process)
        process.close()


@pytest.fixture
def log(tmp_path, entry_of):
    made = TileLog.create(tmp_path / "log", SEED, ORIGIN)
    made.append([entry_of(number) for number in range(3)])
    return made


@pytest.fixture
def book(tmp_path, log):
    made = WitnessBook.create(tmp_path / "witness", "witness.example/w1", lambda: NOW_S)
    made.watch(log.verifier_key)
    return made


def request(log, old):
    note = log.checkpoint()
    return Request(old, tuple(log.prove_consistency(old)), note).to_bytes()


def reopened(tmp_path):
    return WitnessBook(tmp_path / "witness", lambda: NOW_S)


def test_it_cosigns_what_only_grew_and_remembers_it(book, log, tmp_path, entry_of):
    answer = book.add_checkpoint(request(log, 0))
    assert answer.status == 200
    assert (
        cosigned_at(parse_note(joined(log.checkpoint(), answer.body, [book.verifier_key])), book.verifier_key) == NOW_S
    )
    log.append([entry_of(3)])
    again = reopened(tmp_path)
    assert again.add_checkpoint(request(log, 3)).status == 200
    assert [head.size for _, head in again.logs()] == [4]


def test_a_second_history_is_refused_and_kept_as_evidence(book, log, tmp_path, entry_of):
    book.add_checkpoint(request(log, 0))
    fork = TileLog.create(tmp_path / "fork", SEED, ORIGIN)
    fork.append([entry_of(number) for number in range(10, 15)])
    assert book.add_checkpoint(request(fork, 3)).status == 422
    assert [path.read_bytes() for path in (tmp_path / "witness" / "refused").iterdir()] == [fork.checkpoint()]
    shorter = TileLog.create(tmp_path / "shorter", SEED, ORIGIN)
    shorter.append([entry_of(0)])
    told = book.add_checkpoint(request(shorter, 0))
    assert (told.status, told.body, told.content_type) == (409, b"3\n", SIZE_TYPE)
    assert [head.size for _, head in book.logs()] == [3]


def test_a_log_that_nobody_watches_and_a_stranger_s_key_are_refused(book, tmp_path, entry_of):
    for seed, origin, status in ((SEED, "other.example", 404), (bytes(32), ORIGIN, 403)):
        other = TileLog.create(tmp_path / origin.replace("/", "-") / seed.hex()[:4], seed, origin)
        other.append([entry_of(0)])
        assert book.add_checkpoint(request(other, 0)).status == status
    assert book.add_checkpoint(b"\xff").status == 400


def test_a_state_that_is_damaged_is_never_begun_anew(book, log, tmp_path):
    book.add_checkpoint(request(log, 0))
    (state,) = (tmp_path / "witness" / "logs").glob("*.json")
    kept = json.loads(state.read_text())
    for broken in ("", "{}", json.dumps(kept | {"checkpoint": kept["checkpoint"].replace("\n3\n", "\n2\n")})):
        state.write_text(broken)
        with pytest.raises(DamagedError) as caught:
            reopened(tmp_path).add_checkpoint(request(log, 0))
        assert caught.value.code == "witness_damaged"
    state.unlink()
    assert reopened(tmp_path).add_checkpoint(request(log, 0)).status == 404  # and not: from its beginning


def test_a_log_is_watched_once_and_a_folder_is_served_once(book, log, tmp_path):
    with pytest.raises(BadUseError, match="watched already"):
        book.watch(log.verifier_key)
    with pytest.raises(BadUseError, match="with another key"):
        book.watch(NoteSigner(ORIGIN, bytes(32)).verifier_key)
    with pytest.raises(BadUseError, match="witness's key"):
        book.watch(book.verifier_key)
    with book.served(), pytest.raises(UnavailableError, match="served already"), reopened(tmp_path).served():
        pass
    with pytest.raises(BadUseError, match="is not empty"):
        WitnessBook.create(tmp_path / "witness", "w", lambda: 0)


@pytest.mark.parametrize(("kind", "kept"), [(KilledBook, 3), (SoonerKilledBook, None)])
def test_killed_between_its_write_and_its_answer_it_remembers_and_cosigns_when_asked_again(
    kind, kept, book, log, tmp_path, entry_of
):
    with served(kind, tmp_path) as url, pytest.raises(UnavailableError):
        HttpWitnesses().add_checkpoint(url, request(log, 0))
    assert [head and head.size for _, head in reopened(tmp_path).logs()] == [kept]
    fork = TileLog.create(tmp_path / "fork", SEED, ORIGIN)
    fork.append([entry_of(number) for number in range(10, 13)])
    with served(WitnessBook, tmp_path) as url:
        ask = HttpWitnesses().add_checkpoint
        if kept is not None:  # it signed nothing that anybody has, yet it stands by what it wrote
            assert ask(url, request(fork, kept)).status == 422
            assert ask(url, request(log, 0)).size == kept
        answer = ask(url, request(log, kept or 0))
        assert answer.status == 200
        assert cosigned_at(parse_note(joined(log.checkpoint(), answer.body, [book.verifier_key])), book.verifier_key)


def test_over_http_it_speaks_the_protocol_and_outlives_bad_callers(book, log, tmp_path):
    server = WitnessServer(book, "127.0.0.1", 0)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        line = http.client.HTTPConnection("127.0.0.1", server.server_address[1], timeout=30)

        def said(method, path, body=None, **headers):
            line.request(method, path, body, headers)
            answer = line.getresponse()
            return answer.status, answer.read()

        origin = sha256(ORIGIN.encode()).hexdigest()
        assert said("GET", f"/{origin}/checkpoint")[0] == 404
        assert said("POST", "/add-checkpoint", request(log, 0))[0] == 200
        status, note = said("GET", f"/{origin}/checkpoint")
        assert (status, note.startswith(log.checkpoint())) == (200, True)
        assert cosigned_at(parse_note(note), book.verifier_key) == NOW_S
        assert said("GET", "/../witness.json")[0] == 404
        assert said("GET", f"/{origin.upper()}/checkpoint")[0] == 404
        assert said("POST", "/elsewhere", b"")[0] == 404
        line.close()
        assert said("POST", "/add-checkpoint", b"", **{"Content-Length": "999999999"})[0] == 413
        line.close()
        assert said("POST", "/add-checkpoint", b"nonsense")[0] == 400
        line.close()
        with pytest.raises(UnavailableError, match="cannot be listened on"):
            WitnessServer(book, *server.server_address)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
    with pytest.raises(UnavailableError) as caught:
        HttpWitnesses().add_checkpoint(f"http://127.0.0.1:{server.server_address[1]}", b"")
    assert caught.value.code == "witness_silent"


@pytest.mark.parametrize(
    "url", ["http://witness.example", "ftp://w", "https://", "https://u@w", "https://w/?q", "w", "https://[x"]
)
def test_an_address_that_is_not_https_is_refused(url):
    with pytest.raises(BadUseError):
        check_url(url)
    check_url("https://witness.example/prefix")
