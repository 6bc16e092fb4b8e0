"""The checker that travels in bundles, by itself as a stranger runs it: what holds, and what each forgery is told."""

from __future__ import annotations

import ast
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from contextlib import redirect_stdout
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import pytest

from facewarden.adapters.log_tiles.tile_log import TileLog
from facewarden.audit import check
from facewarden.audit.cosigning import Cosigner, joined
from facewarden.audit.note import NoteSigner
from facewarden.audit.receipt import sign_receipt, verify_receipt
from facewarden.audit.report import sign_bundle, verify_bundle
from facewarden.audit.witnessed import verify_witnessed
from facewarden.audit.witnesses import WitnessPolicy
from facewarden.bootstrap.stores import check_left_out
from facewarden.domain.searches import ProbeKind, ProbeOrigin
from facewarden.errors import DamagedError
from facewarden.services.refusal import RefusedError
from tests.unit.audit import receipts
from tests.unit.services.casework.test_examining import OTHER, concluded, proposed
from tests.unit.web.builders import populated
from tests.unit.web.fakes import drawn

CHECKER = files("facewarden.audit") / "check.py"
TO = ("Public defender", "office@defender.example.org")
SEED = bytes(range(32))
SIGNER = NoteSigner("test.example", SEED)
WITNESSES = [Cosigner(f"w{number}.example", bytes([number] * 32)) for number in (1, 2)]
OTHER_DAY = "2026-11-01T10:00:00+00:00"
NEEDED = ("cryptography", "cffi", "_cffi_backend")


@pytest.fixture(scope="module")
def bare(tmp_path_factory) -> Path:
    """A place with the checker and cryptography, and nothing else that Python does not bring."""
    folder = tmp_path_factory.mktemp("bare")
    for name in NEEDED:
        found = find_spec(name)
        if found is not None and found.origin is not None:
            origin = Path(found.origin)
            origin = origin.parent if origin.name == "__init__.py" else origin
            (folder / origin.name).symlink_to(origin)
    (folder / "check.py").write_bytes(CHECKER.read_bytes())
    return folder


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """A case with a search that found somebody, one that found nobody and one refused, its bundle and its log."""
    installation = populated()
    investigator, examiner, case, lead = proposed(installation)
    concluded(installation.casework.examining, examiner, lead, of_candidate=OTHER)
    installation.search._threshold = 1.01
    installation.search.run(investigator, case, drawn(4), None, 10)
    with pytest.raises(RefusedError):
        installation.search.run(investigator, case, drawn(4), None, 10, ProbeOrigin(ProbeKind.SKETCH, "stated"))
    log = TileLog.create(tmp_path_factory.mktemp("case") / "log", SEED, "test.example")
    log.append(list(installation.log.entries()))
    note = log.checkpoint()
    lines = "".join(str(w.cosign(note.decode().split("\n\n")[0] + "\n", 1_800_000_000)) for w in WITNESSES)
    log.keep_cosigned(joined(note, lines.encode(), [w.verifier_key for w in WITNESSES]), is_quorum=True)
    installation.casework.reporting._log = log
    installation.gate._log = log
    bundle, _ = installation.casework.reporting.discovery(investigator, case, *TO)
    return installation, log, bundle


def run(bare, tmp_path, content, *more, key=None, signer=SIGNER):
    """The exit code and the words of the checker: where nothing else can be imported, or, `bare` None, in here."""
    file = tmp_path / "handed-out"
    file.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    words = list(map(str, [file, "--key", key or str(signer.verifier_key), *more]))
    if bare is None:
        with redirect_stdout(io.StringIO()) as out:
            return check.main(words), out.getvalue()
    command = [sys.executable, "-E", "-S", "check.py", *words]
    done = subprocess.run(command, cwd=bare, capture_output=True, text=True, timeout=120, check=False)
    assert done.stderr == ""
    return done.returncode, done.stdout


def told_of(bundle):
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        return json.loads(archive.read("discovery.json"))


def signed_anew(bundle, **changes):
    """The bundle as the operator, who has the key, signs it with these changes."""
    body = {name: value for name, value in told_of(bundle).items() if name != "signature"}
    return sign_bundle(body | changes, SIGNER)


def witness_options(*cosigners):
    return [word for cosigner in cosigners for word in ("--witness", str(cosigner.verifier_key))]


def test_it_needs_nothing_but_python_and_cryptography_and_can_be_read_in_ten_minutes(bare):
    tree = ast.parse(CHECKER.read_text("utf-8"))
    roots = {alias.name.split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    roots |= {(n.module or "").split(".")[0] for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert roots - set(sys.stdlib_module_names) == {"cryptography"}
    found = subprocess.run([sys.executable, "-E", "-S", "-c", "import facewarden"], cwd=bare, capture_output=True)
    assert found.returncode == 1, "facewarden can be imported there: this shows nothing"
    assert len(CHECKER.read_text("utf-8").splitlines()) <= 400


def test_a_bundle_carries_it_and_it_says_that_the_bundle_holds(bare, tmp_path, case):
    _, log, bundle = case
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        assert archive.read("check.py") == CHECKER.read_bytes()
    code, words = run(bare, tmp_path, bundle)
    assert (code, "2 searches (1 found nobody), 1 refusals, 1 examinations" in words) == (0, True), words
    assert "Not checked: whether the log has more about this case." in words
    code, words = run(bare, tmp_path, bundle, "--log", log._disk.folder, *witness_options(*WITNESSES))
    assert code == 0, words
    assert "none about this case is left out" in words
    assert "Witnessed by 2: the log's first" in words


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        (lambda told: {"searches": told["searches"][:1]}, "A search that the log states is missing from its list"),
        (lambda told: {"searches": [{**s, "candidates": []} for s in told["searches"]]}, "candidates; the log states"),
        (lambda told: {"searches": [{**s, "law_packs": {"x": "1"}} for s in told["searches"]]}, "under other law"),
        (lambda told: {"searches": [{**s, "gallery_size": 9} for s in told["searches"]]}, "is not as logged"),
        (lambda told: {"searches": [{**s, "searched_by": "usr_x"} for s in told["searches"]]}, "by somebody else"),
        (lambda told: {"searches": [{**s, "found_nobody": True} for s in told["searches"]]}, "whether it found"),
        (lambda told: {"searches": [{**s, "searched_at": OTHER_DAY} for s in told["searches"]]}, "is dated otherwise"),
        (lambda told: {"refused": [{**told["refused"][0], "by": "usr_x"}]}, "is told otherwise"),
        (lambda told: {"refused": [{**told["refused"][0], "rules": []}]}, "is told otherwise"),
        (lambda told: {"examinations": []}, "An examination is missing from its list"),
        (lambda told: {"refused": [{"log_entry": 0}]}, "the refusals and failures"),
        (lambda told: {"case": {**told["case"], "case_id": "cas_other"}}, "is not as logged"),
        (lambda told: {"log": told["log"] + told["log"][:1]}, "or one of them twice"),
        (lambda told: {"log": [{**told["log"][0], "index": 1}, *told["log"][1:]]}, "is not in the log that was signed"),
        (
            lambda told: {"log": [{**p, "entry": {**p["entry"], "at": "2020-01-01"}} for p in told["log"]]},
            "is shown otherwise than it was logged",
        ),
    ],
)
def test_what_the_operator_signs_against_the_log_is_named(tmp_path, case, changed, words):
    forged = signed_anew(case[2], **changed(told_of(case[2])))
    code, said = run(None, tmp_path, forged)
    assert (code, words in said) == (1, True), said
    with pytest.raises(DamagedError):  # the program is another implementation, and says the same
        verify_bundle(forged, SIGNER.verifier_key)


def test_a_search_left_out_with_its_proofs_is_named_by_the_exported_log(tmp_path, case):
    _, log, bundle = case
    told = told_of(bundle)
    gone = next(search for search in told["searches"] if search["found_nobody"])
    proofs = [
        p for p in told["log"] if p["index"] != gone["audit_index"] and p["entry"].get("subject") != gone["search_id"]
    ]
    kept = [search for search in told["searches"] if search is not gone]
    forged = signed_anew(bundle, log=proofs, searches=kept)
    code, words = run(None, tmp_path, forged)
    assert (code, "Not checked: whether the log has more" in words) == (0, True), words
    verify_bundle(forged, SIGNER.verifier_key)
    with pytest.raises(DamagedError, match="leaves out log entries"):
        check_left_out(log._disk.folder, str(SIGNER.verifier_key), forged)
    check_left_out(log._disk.folder, str(SIGNER.verifier_key), told)  # the control
    code, words = run(None, tmp_path, forged, "--log", log._disk.folder)
    assert (code, "It leaves out log entries about its case" in words, "search:gallery:finish" in words) == (
        1,
        True,
        True,
    )


def test_files_edited_or_mixed_are_named(tmp_path, case):
    _, _, bundle = case
    told = told_of(bundle)
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        printed = archive.read("discovery.pdf")
    assert run(None, tmp_path, printed)[0] == 0
    middle = len(printed) // 3
    edited = printed[:middle] + bytes([printed[middle] ^ 1]) + printed[middle + 1 :]
    assert "It was changed after it was signed." in run(None, tmp_path, edited)[1]
    assert "It bears no signature" in run(None, tmp_path, printed[: printed.rindex(b"\n%facewarden")])[1]
    told["case"]["number"] = "another"
    assert "It was changed after it was signed." in run(None, tmp_path, told)[1]
    mixed = io.BytesIO()
    with zipfile.ZipFile(mixed, "w") as archive:
        archive.writestr("discovery.pdf", printed)
        archive.writestr("discovery.json", json.dumps(signed_anew(bundle, release_id="rel_other")))
    assert "are of two releases" in run(None, tmp_path, mixed.getvalue())[1]


def test_another_installation_of_the_same_name_is_another_key(tmp_path, case):
    other = NoteSigner("test.example", bytes(32))
    code, words = run(None, tmp_path, case[2], signer=other)
    assert (code, "another key signed it, or nobody" in words) == (1, True)
    for bad in ("nonsense", str(WITNESSES[0].verifier_key), str(other.verifier_key)[:-4] + "AAA="):
        code, words = run(None, tmp_path, case[2], key=bad)
        assert (code, words.startswith("DOES NOT HOLD")) == (1, True), words


def test_a_log_written_anew_with_the_same_key_is_not_the_one_that_was_witnessed(tmp_path, case):
    """A split view: the defence gets proofs of a log made for it, whole in itself."""
    _, log, bundle = case
    told = told_of(bundle)
    entries = list(log.entries(0, int(told["log"][0]["checkpoint"].split("\n")[1])))
    anew = TileLog.create(tmp_path / "anew", SEED, "test.example")
    anew.append([entries[1], entries[0], *entries[2:]])  # as if one had been logged before another
    proofs, _ = anew.prove_all([proof["index"] for proof in told["log"]])
    forged = signed_anew(bundle, log=proofs)
    code, words = run(None, tmp_path, forged, "--log", anew._disk.folder)
    assert code == 0, words  # whole in itself: only somebody outside can tell
    code, words = run(None, tmp_path, forged, *witness_options(*WITNESSES))
    assert (code, "not of the log that was witnessed" in words) == (1, True), words
    policy = WitnessPolicy.of_keys([witness.verifier_key for witness in WITNESSES])
    with pytest.raises(DamagedError, match="not seen by these witnesses"):
        verify_witnessed(forged, SIGNER.verifier_key, policy)
    assert verify_witnessed(told, SIGNER.verifier_key, policy).size > 10
    code, words = run(None, tmp_path, signed_anew(bundle, log=proofs, witnessed=None), *witness_options(WITNESSES[0]))
    assert (code, "No quorum of witnesses had cosigned" in words) == (1, True), words
    code, words = run(None, tmp_path, bundle, "--log", anew._disk.folder)
    assert (code, "are of two logs" in words) == (1, True), words


def test_a_cut_log_a_stranger_s_witness_and_a_quorum_that_is_not_met_are_named(tmp_path, case):
    _, log, bundle = case
    cut = TileLog.create(tmp_path / "cut", SEED, "test.example")
    cut.append(list(log.entries(0, 3)))
    assert "older than this bundle" in run(None, tmp_path, bundle, "--log", tmp_path / "cut")[1]
    (tmp_path / "cut" / "tile" / "entries" / "000.p" / "3").write_bytes(b"")
    assert "Entries are missing from number 0 on" in run(None, tmp_path, bundle, "--log", tmp_path / "cut")[1]
    stranger = Cosigner("w1.example", bytes([9] * 32))
    options = witness_options(WITNESSES[0], stranger)
    code, words = run(None, tmp_path, bundle, *options)
    assert (code, "Only 1 of the 2 witnesses that you ask for cosigned." in words) == (1, True), words
    assert run(None, tmp_path, bundle, *options, "--quorum", "1")[0] == 0
    for more in (("--quorum", "3"), ("--quorum", "0"), ("--quorum", "-1"), witness_options(WITNESSES[0])):
        assert run(None, tmp_path, bundle, *witness_options(WITNESSES[0]), *more)[0] == 1


def test_a_receipt_is_checked_and_says_whose_it_is(bare, tmp_path):
    signer = receipts.SIGNER
    code, words = run(bare, tmp_path, receipts.made(), signer=signer)
    assert (code, receipts.REQUEST in words, "1 photos" in words) == (0, True, True), words
    body = receipts.body()
    forgeries = [
        ({"request": {"id": "req_" + "9" * 24}}, "No log entry in it states optout:form:close"),
        ({"erased": {**body["erased"], "faces": 9}}, "Its counts are not those that the log states"),
        ({"erased": {**body["erased"], "id": "era_" + "9" * 24}}, "No log entry in it states the erasure"),
        ({"suppressed": {**body["suppressed"], "id": "sup_x"}}, "No log entry in it states optout:face:suppress"),
        ({"log": []}, "It quotes no log entry"),
    ]
    for change, why in forgeries:
        code, words = run(None, tmp_path, sign_receipt(body | change, signer), signer=signer)
        assert (code, why in words) == (1, True), words
        with pytest.raises(DamagedError):
            verify_receipt(sign_receipt(body | change, signer), signer.verifier_key)


@pytest.mark.parametrize(
    "content", [b"", b"{}", b"[]", b"PK\x05\x06", b"%PDF", b"\xff", b'{"format": []}', b"[" * 9_999]
)
def test_whatever_else_is_given_ends_in_words(tmp_path, content):
    code, words = run(None, tmp_path, content)
    assert (code, words.startswith("DOES NOT HOLD")) == (1, True)


def test_the_digest_in_the_documents_is_that_of_the_checker():
    page = (Path(__file__).parents[2] / "docs" / "design" / "checker.md").read_text("utf-8")
    assert hashlib.sha256(CHECKER.read_bytes()).hexdigest() in page
