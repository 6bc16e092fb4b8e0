"""Checks what a face search installation handed out: without that installation, its program or a network.

    python3 check.py FILE --key KEY [--witness KEY ... [--quorum N]] [--log FOLDER]

FILE      a discovery bundle (ZIP or JSON), a lead report (PDF), a receipt of erasure, or a proof about the log
--key     the log's verifier key: from whoever publishes it, never from FILE
--witness the verifier key of somebody who watched the log from outside; from them, never from FILE
--quorum  how many of the witnesses must have cosigned; all of them unless it is given
--log     an exported copy of the log: then it is also counted whether FILE leaves out anything about its case

Ends with 0 only if all of that holds. It needs Python 3.9 or newer and the package `cryptography`, believes no key that
FILE brings, and writes nothing. How it works: docs/design/checker.md. The formats are those of RFC 9162 (hash tree) and
of C2SP: signed-note, tlog-checkpoint, tlog-cosignature, tlog-tiles.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import io
import json
import sys
import zipfile
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

LOG_KEY, WITNESS_KEY = 1, 4  # the kinds of key that signed-note numbers so
COUNTS = ("photos", "burnt", "faces", "candidates", "held")


class Wrong(Exception):  # noqa: N818
    """What does not hold, in a sentence."""


def need(holds: object, why: str) -> None:
    """Nothing where it holds; else the check ends with that sentence."""
    if not holds:
        raise Wrong(why)


# -- signatures ----------------------------------------------------------------------------------------------


class Key(NamedTuple):
    """A verifier key: who signs, the first 4 bytes of the key's hash, its kind, and the 32 bytes of Ed25519."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    def signed(self, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, message)
        except InvalidSignature:
            return False
        return True


def read_key(line: str) -> Key:
    """The key of a line: name, plus, 8 hexadecimal digits, plus, base64 of kind and key."""
    name, digits, encoded = line.strip().split("+", 2)
    told = base64.b64decode(encoded, validate=True)
    key_id = hashlib.sha256(name.encode() + b"\n" + told).digest()[:4]
    need(len(told) == 33 and key_id.hex() == digits, f"{line!r} is no verifier key, or it is damaged.")
    return Key(name, key_id, told[0], told[1:])


def split_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """The signed text of a note, and its signatures: name, key's id, bytes."""
    text, blank, lines = note.rpartition("\n\n")
    need(blank and lines.endswith("\n"), "A signed note is malformed.")
    found = []
    for line in lines[:-1].split("\n"):
        name, space, encoded = line[2:].partition(" ")
        need(line.startswith("\u2014 ") and space, "A signature line is malformed.")
        blob = base64.b64decode(encoded, validate=True)
        found.append((name, blob[:4], blob[4:]))
    return text + "\n", found


def opened(note: str, key: Key) -> str:
    """The text of a note, once the key was found to have signed exactly that."""
    text, signatures = split_note(note)
    own = [signature for name, key_id, signature in signatures if (name, key_id) == (key.name, key.key_id)]
    need(own, f"It bears no signature of {key.name} by the key that you gave: another key signed it, or nobody.")
    need(all(key.signed(text.encode(), each) for each in own), f"The signature of {key.name} on it is wrong.")
    return text


def date_of(time_s: int) -> str:
    return datetime.fromtimestamp(time_s, timezone.utc).strftime("%Y-%m-%d %H:%M UTC")  # noqa: UP017 - Python 3.9


def cosigned_at(note: str, witness: Key) -> int | None:
    """When the witness cosigned the note (seconds since 1970), None if it did not."""
    text, signatures = split_note(note)
    for name, key_id, blob in signatures:
        time = int.from_bytes(blob[:8], "big")
        message = f"cosignature/v1\ntime {time}\n{text}".encode()
        if (name, key_id) == (witness.name, witness.key_id) and witness.signed(message, blob[8:]):
            return time
    return None


# -- the hash tree (RFC 9162) --------------------------------------------------------------------------------


def leaf_hash(entry: bytes) -> bytes:
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()


def tree_root(hashes: list[bytes]) -> bytes:
    """The root over all leaves: of the largest power of two below their number, and of the rest."""
    if len(hashes) < 2:
        return hashes[0] if hashes else hashlib.sha256(b"").digest()
    middle = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(tree_root(hashes[:middle]), tree_root(hashes[middle:]))


def checkpoint(note: str, key: Key) -> tuple[int, bytes]:
    """The size and the root of the log that a signed checkpoint states."""
    origin, size, root, end = opened(note, key).split("\n")
    need(origin == key.name and size.isdecimal() and not end, "A checkpoint is of another log, or malformed.")
    return int(size), base64.b64decode(root, validate=True)


def path_of(texts: list[str]) -> list[bytes]:
    return [base64.b64decode(text, validate=True) for text in texts]


def check_inclusion(index: int, size: int, leaf: bytes, path: list[bytes], root: bytes) -> None:
    """Section 2.1.3.2: the leaf is at that place of the tree with that root."""
    need(0 <= index < size, "An entry's number is beyond the log.")
    place, last, computed = index, size - 1, leaf
    for step in path:
        need(last > 0, "A proof is too long.")
        if place & 1 or place == last:
            computed = node_hash(step, computed)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            computed = node_hash(computed, step)
        place, last = place >> 1, last >> 1
    need(last == 0 and computed == root, f"Log entry {index} is not in the log that was signed.")


def check_consistency(old: tuple[int, bytes], new: tuple[int, bytes], path: list[bytes]) -> None:
    """Section 2.1.4.2: the new tree begins with the whole old one."""
    (old_size, old_root), (new_size, new_root) = old, new
    if old == new and not path:
        return
    need(0 < old_size < new_size and path, "A log does not go on from the older one.")
    steps = path if old_size & (old_size - 1) else [old_root, *path]
    place, last = old_size - 1, new_size - 1
    while place & 1:
        place, last = place >> 1, last >> 1
    seen = now = steps[0]
    for step in steps[1:]:
        need(last > 0, "A proof is too long.")
        if place & 1 or place == last:
            seen, now = node_hash(step, seen), node_hash(step, now)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            now = node_hash(now, step)
        place, last = place >> 1, last >> 1
    need(last == 0 and (seen, now) == (old_root, new_root), "The log does not go on from the older one.")


# -- what is handed out --------------------------------------------------------------------------------------


def check_entry(proof: dict[str, Any], key: Key) -> dict[str, Any]:
    """The log entry that a proof shows, once it was found in the log."""
    size, root = checkpoint(proof["checkpoint"], key)
    leaf = base64.b64decode(proof["leaf"], validate=True)
    check_inclusion(proof["index"], size, leaf_hash(leaf), path_of(proof["inclusion_proof"]), root)
    entry: dict[str, Any] = json.loads(leaf)
    need(entry == proof["entry"], f"Log entry {proof['index']} is shown otherwise than it was logged.")
    return entry


def check_signed(told: dict[str, Any], key: Key) -> dict[int, dict[str, Any]]:
    """The log entries that a signed JSON rests on, by number, once its signature and each entry were checked."""
    body = {name: value for name, value in told.items() if name != "signature"}
    plain = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    stated = f"{told['format']}\n{hashlib.sha256(plain.encode()).hexdigest()}\n"
    need(opened(told["signature"], key) == stated, "It was changed after it was signed.")
    entries = {proof["index"]: check_entry(proof, key) for proof in told["log"]}
    need(entries and len(entries) == len(told["log"]), "It quotes no log entry, or one of them twice.")
    return entries


def check_discovery(told: dict[str, Any], entries: dict[int, dict[str, Any]]) -> str:
    finished = {e["subject"]: e for e in entries.values() if e["event"] == "search:gallery:finish"}
    for search in told["searches"]:
        name = f"Search {search['search_id']}"
        entry, decided = finished.pop(search["search_id"], {}), entries.get(search["audit_index"], {})
        need(entry, f"{name} has no log entry in it, or is listed twice.")
        need(
            (decided.get("event"), decided.get("verdict")) == ("search:gallery:decide", "allow"),
            f"{name} lacks its decision.",
        )
        shown, logged = len(search["candidates"]) + search["erased_since"], entry["details"]
        need(shown == logged["candidates"], f"{name} lists {shown} candidates; the log states {logged['candidates']}.")
        need(search["found_nobody"] is (not logged["candidates"]), f"{name} says otherwise whether it found anybody.")
        said = (search["audit_index"], search["gallery_size"], told["case"]["case_id"])
        stated = tuple(logged[part] for part in ("decision_index", "gallery_size", "case_id"))
        need(said == stated, f"{name} is not as logged.")
        apart = datetime.fromisoformat(search["searched_at"][:19]) - datetime.fromisoformat(entry["at"][:19])
        need(abs(apart.total_seconds()) < 3600, f"{name} is dated otherwise than the log dates it.")
        need(search["searched_by"] == entry["actor"] == decided["actor"], f"{name} was made by somebody else.")
        same_law = search.get("law_packs", {}) == decided.get("packs", {})
        need(same_law, f"{name} was decided under other law than it says.")
    need(not finished, f"A search that the log states is missing from its list: {', '.join(finished)}.")
    refused = [index for index in sorted(entries) if entries[index].get("verdict") == "refuse"]
    failed = [index for index in sorted(entries) if entries[index]["event"] == "search:gallery:fail"]
    listed = [[item["log_entry"] for item in told[name]] for name in ("refused", "came_to_nothing")]
    need(listed == [refused, failed], "It does not list the refusals and failures that the log states.")
    for item in told["refused"]:
        entry, listing = entries[item["log_entry"]], [item["event"], item["at"][:19], item["by"], item["rules"]]
        logged = [entry["event"], entry["at"][:19], entry.get("actor"), entry.get("grounds", [])]
        need(listing == logged, f"The refusal of log entry {item['log_entry']} is told otherwise than it was logged.")
    reviewed = {e["subject"] for e in entries.values() if e["event"] == "review:candidate:record"}
    need(reviewed <= {lead["lead_id"] for lead in told["examinations"]}, "An examination is missing from its list.")
    nobody = sum(bool(search["found_nobody"]) for search in told["searches"])
    told_of = f"{len(told['searches'])} searches ({nobody} found nobody), {len(refused)} refusals"
    return f"{told_of}, {len(reviewed)} examinations"


def check_receipt(told: dict[str, Any], entries: dict[int, dict[str, Any]]) -> str:
    said = [(entry["event"], entry.get("subject")) for entry in entries.values()]
    erased, kept_out, asked = told.get("erased"), told.get("suppressed"), told.get("request")
    for part, event in ((kept_out, "optout:face:suppress"), (asked, "optout:form:close")):
        need(part is None or (event, part["id"]) in said, f"No log entry in it states {event}.")
    whose = f"{told['receipt_id']}, of the request {asked['id'] if asked else '(none)'}"
    if erased is None:
        return f"{whose}: {'a face is kept out' if kept_out else 'the request is closed'}"
    outcome = [e for e in entries.values() if (e["event"], e.get("subject")) == ("erase:photo:finish", erased["id"])]
    need(len(outcome) == 1, "No log entry in it states the erasure.")
    logged = outcome[0]["details"]
    need(all(logged.get(name) == erased[name] for name in COUNTS), "Its counts are not those that the log states.")
    need(len(erased["photo_hashes"]) == erased["photos"] + erased["burnt"], "It names too few photos.")
    return f"{whose}: {', '.join(f'{erased[name]} {name}' for name in COUNTS)}"


KINDS = {
    "facewarden-discovery/1": ("discovery bundle", check_discovery),
    "facewarden-receipt/1": ("receipt of erasure", check_receipt),
}


def check_report(content: bytes, key: Key) -> str:
    """The release that a PDF is, once its bytes were found to be those that were signed."""
    body, mark, line = content.rpartition(b"\n%facewarden-report ")
    need(mark, "It bears no signature of facewarden, or the signature was cut off.")
    kind, release, index, digest, _ = opened(base64.b64decode(line.strip(), validate=True).decode(), key).split("\n")
    need(kind == "facewarden-report/1", "Its signature is of another format.")
    need(digest == hashlib.sha256(body).hexdigest(), "It was changed after it was signed.")
    print(f"Signed and unchanged: {release}, allowed by log entry {index}. A lead is not an identification.")
    return release


# -- outside witnesses, and the whole log --------------------------------------------------------------------


def check_witnessed(told: dict[str, Any], key: Key, witnesses: list[Key], quorum: int) -> None:
    """Says which entries were in a log that the witnesses had seen; ends the check unless enough cosigned it."""
    since: dict[str, Any] = (told.get("witnessed") or {}) if told["format"] in KINDS else told
    need(since, "No quorum of witnesses had cosigned the log when this was made.")
    found = 0
    for witness in witnesses:
        time = cosigned_at(since["old_checkpoint"], witness)
        found += time is not None
        print(f"  witness {witness.name}: {'no valid cosignature' if time is None else date_of(time)}")
    need(found >= quorum, f"Only {found} of the {quorum} witnesses that you ask for cosigned.")
    old, new = checkpoint(since["old_checkpoint"], key), checkpoint(since["new_checkpoint"], key)
    check_consistency(old, new, path_of(since["consistency_proof"]))
    proofs = told.get("log", [])
    same = all(checkpoint(proof["checkpoint"], key) == new for proof in proofs)
    need(same, "Its proofs are not of the log that was witnessed.")
    later = sorted(proof["index"] for proof in proofs if proof["index"] >= old[0])
    rest = f" Newer than that, and the operator's word alone: entries {later}." if later else ""
    print(f"Witnessed by {found}: the log's first {old[0]} entries.{rest}")


def read_log(folder: Path, key: Key) -> list[bytes]:
    """Every entry of an exported log, once together they were found to have its signed root."""
    size, root = checkpoint((folder / "checkpoint").read_text("utf-8"), key)
    entries: list[bytes] = []
    for number in range(0, size, 256):
        digits, width = f"{number // 256:d}", min(256, size - number)
        digits = digits.zfill(-(-len(digits) // 3) * 3)
        parts = [digits[at : at + 3] for at in range(0, len(digits), 3)]
        place = folder.joinpath("tile", "entries", *(f"x{part}" for part in parts[:-1]), parts[-1])
        content = (place if width == 256 else place.with_name(f"{parts[-1]}.p") / str(width)).read_bytes()
        at = 0
        while at < len(content):
            stop = at + 2 + int.from_bytes(content[at : at + 2], "big")
            entries.append(content[at + 2 : stop])
            at = stop
        need(len(entries) == min(number + 256, size), f"Entries are missing from number {number} on.")
    hashes = [leaf_hash(entry) for entry in entries]
    need(tree_root(hashes) == root, "The exported log's entries are not those that were signed.")
    return entries


def check_complete(told: dict[str, Any], key: Key, folder: Path) -> None:
    """Ends the check where the log holds an entry about the bundle's case that the bundle leaves out."""
    need("case" in told, "Only a discovery bundle is about a case.")
    entries = read_log(folder, key)
    size, root = checkpoint(told["log"][0]["checkpoint"], key)
    need(size <= len(entries), "The exported log is older than this bundle: ask for a newer export.")
    need(tree_root([leaf_hash(e) for e in entries[:size]]) == root, "The bundle and the exported log are of two logs.")
    case = told["case"]["case_id"]
    names = {case, *(s["search_id"] for s in told["searches"]), *(x["lead_id"] for x in told["examinations"])}
    quoted = {proof["index"]: base64.b64decode(proof["leaf"]) for proof in told["log"]}
    missing = []
    for index, leaf in enumerate(entries[:size]):
        entry = json.loads(leaf)
        about = entry.get("subject") in names or entry.get("details", {}).get("case_id") == case
        if about and quoted.get(index) != leaf:
            missing.append(f"{index} ({entry['event']}, {entry['at'][:10]})")
    need(not missing, f"It leaves out log entries about its case: {'; '.join(missing)}.")
    print(f"Complete: of {size} log entries none about this case is left out.")


# -- the door ------------------------------------------------------------------------------------------------


def check(content: bytes, key: Key, witnesses: list[Key], quorum: int, log: Path | None) -> None:
    """Prints what holds; raises Wrong, or another exception for a file that is malformed."""
    need(key.kind == LOG_KEY, "That key is a witness's: give the log's.")
    need(all(witness.kind == WITNESS_KEY for witness in witnesses), "A key given for a witness is a log's.")
    need(len({witness.public for witness in witnesses}) == len(witnesses), "A witness is named twice.")
    release = None
    if content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as bundle:
            release = check_report(bundle.read("discovery.pdf"), key)
            content = bundle.read("discovery.json")
    elif content.startswith(b"%PDF"):
        need(not witnesses and log is None, "A PDF holds no proofs: give the bundle.")
        check_report(content, key)
        return
    told = json.loads(content)
    if told["format"] == "facewarden-audit-inclusion/1":
        need(not witnesses and log is None, "A proof of one entry holds no more: give a bundle or a receipt.")
        print(f"In the log: {json.dumps(check_entry(told, key))}")
        return
    if told["format"] == "facewarden-audit-consistency/1":
        old, new = checkpoint(told["old_checkpoint"], key), checkpoint(told["new_checkpoint"], key)
        check_consistency(old, new, path_of(told["consistency_proof"]))
        print(f"The log of {new[0]} entries begins with those {old[0]}.")
    else:
        need(told["format"] in KINDS, f"{told['format']} is a format that this file does not know.")
        name, look = KINDS[told["format"]]
        entries = check_signed(told, key)
        need(release in (None, told.get("release_id")), "The two files of this bundle are of two releases.")
        print(f"The {name} holds: {look(told, entries)}; {len(entries)} log entries proved. Signed by {key.name}.")
    if witnesses:
        check_witnessed(told, key, witnesses, quorum)
    if log is not None:
        check_complete(told, key, log)
    elif "case" in told:
        print("Not checked: whether the log has more about this case. Ask for an export of it: --log FOLDER.")


def main(arguments: list[str] | None = None) -> int:
    reader = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    reader.add_argument("file", type=Path)
    reader.add_argument("--key", required=True)
    reader.add_argument("--witness", action="append", default=[])
    reader.add_argument("--quorum", type=int)
    reader.add_argument("--log", type=Path)
    given = reader.parse_args(arguments)
    quorum = len(given.witness) if given.quorum is None else given.quorum
    try:
        need(min(1, len(given.witness)) <= quorum <= len(given.witness), "That quorum cannot be met.")
        check(given.file.read_bytes(), read_key(given.key), [read_key(w) for w in given.witness], quorum, given.log)
    except Wrong as problem:
        print(f"DOES NOT HOLD: {problem}")
        return 1
    except Exception as problem:  # noqa: BLE001 - whatever a malformed file brings about, it does not hold
        print(f"DOES NOT HOLD: the file is malformed ({type(problem).__name__}: {problem}).")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
