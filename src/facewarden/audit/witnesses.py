"""Which witnesses must have cosigned a checkpoint: read from a policy file (C2SP tlog-policy), held against notes.

It never counts a witness that nobody named, and never one for two. Source: https://c2sp.org/tlog-policy
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from facewarden.audit.checkpoint import Checkpoint, open_checkpoint
from facewarden.audit.note import KeyKind, VerifierKey, cosigned_at, parse_note
from facewarden.errors import BadUseError, DamagedError

NOBODY = "none"
MAX_POLICY_BYTES = 100_000
MAX_LINES = 500


@dataclass(frozen=True, slots=True)
class Witness:
    """One witness: its name in the policy, its key, and where it is asked ("": it is not asked, only verified)."""

    name: str
    key: VerifierKey
    url: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Witnesses and groups of whom at least `needed` must have cosigned."""

    needed: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WitnessPolicy:
    """Named witnesses, and the name of the one or the group that is the quorum (`none`: nobody need cosign)."""

    witnesses: Mapping[str, Witness]
    groups: Mapping[str, Group] = field(default_factory=dict)
    quorum: str = NOBODY

    @classmethod
    def of_keys(cls, keys: Sequence[VerifierKey], needed: int | None = None) -> WitnessPolicy:
        """`needed` (None: all) of the witnesses with these keys. Raises BadUseError `bad_witness_policy`."""
        witnesses: dict[str, Witness] = {}
        for key in keys:
            _add_witness(witnesses, Witness(key.name, key))
        count = len(witnesses) if needed is None else needed
        if not 1 <= count <= len(witnesses):
            raise _bad(f"{count} of {len(witnesses)} witnesses is no quorum.")
        return cls(witnesses, {"quorum": Group(count, tuple(witnesses))}, "quorum")

    def is_met(self, cosigners: Iterable[str]) -> bool:
        """Whether the witnesses of these names are a quorum; with `none`, always."""
        met = set(cosigners) & set(self.witnesses)
        for name, group in self.groups.items():  # each names only what is above it
            if sum(member in met for member in group.members) >= group.needed:
                met.add(name)
        return self.quorum == NOBODY or self.quorum in met

    def cosigners(self, note: bytes) -> dict[str, datetime]:
        """When each of the witnesses cosigned the note, by name; DamagedError `audit_note_malformed`."""
        read = parse_note(note)
        times = {name: cosigned_at(read, witness.key) for name, witness in self.witnesses.items()}
        return {name: moment(time) for name, time in times.items() if time is not None}

    @property
    def quorum_words(self) -> str:
        """The quorum for a person: "2 of 3 witnesses", or what the policy calls it."""
        group = self.groups.get(self.quorum)
        if group is not None and all(member in self.witnesses for member in group.members):
            return f"{group.needed} of {len(group.members)} witnesses"
        return "whoever was asked" if self.quorum == NOBODY else f"the quorum {self.quorum}"


def moment(time_s: int) -> datetime:
    """The moment of a cosignature; the last one that there is for a time that no calendar holds."""
    try:
        return datetime.fromtimestamp(time_s, UTC)
    except (OverflowError, ValueError, OSError):
        return datetime.max.replace(tzinfo=UTC)


def parse_policy(text: str) -> WitnessPolicy:
    """The policy in a file's text; lines that name logs are read over. Raises BadUseError `bad_witness_policy`."""
    witnesses: dict[str, Witness] = {}
    groups: dict[str, Group] = {}
    quorum: str | None = None
    used: set[str] = set()
    lines = text.split("\n")
    if len(text) > MAX_POLICY_BYTES or len(lines) > MAX_LINES:
        raise _bad("It is too long.")
    for number, line in enumerate(lines, 1):
        words = line.replace("\t", " ").split()
        if not words or words[0].startswith("#") or words[0] == "log":
            continue
        known = {*witnesses, *groups}
        if words[0] == "witness" and len(words) in (3, 4):
            _check_new(words[1], known, number)
            _add_witness(witnesses, Witness(words[1], _key(words[2], number), words[3] if len(words) == 4 else ""))
        elif words[0] == "group" and len(words) > 3:
            _check_new(words[1], known, number)
            groups[words[1]] = _group(words[2], tuple(words[3:]), known - used, number)
            used |= set(words[3:])
        elif words[0] == "quorum" and len(words) == 2 and quorum is None and words[1] in {*known, NOBODY}:
            quorum = words[1]
        else:
            raise _bad(f"Line {number} cannot be read.")
    if quorum is None:
        raise _bad("It has no line that names the quorum.")
    return WitnessPolicy(witnesses, groups, quorum)


def _check_new(name: str, known: set[str], number: int) -> None:
    if name in known or name == NOBODY:
        raise _bad(f"Line {number} gives a name that is taken.")


def _key(text: str, number: int) -> VerifierKey:
    try:
        return VerifierKey.parse(text)
    except BadUseError as error:
        raise _bad(f"Line {number} holds no verifier key that is understood here (Ed25519).") from error


def _add_witness(witnesses: dict[str, Witness], new: Witness) -> None:
    if new.key.kind is not KeyKind.COSIGNATURE_V1:
        raise _bad(f"The key of {new.key.name} is a log's, not a witness's: its letters begin with B, not with A.")
    if new.name in witnesses or any(new.key.public_key == known.key.public_key for known in witnesses.values()):
        raise _bad(f"{new.key.name} is named twice.")
    witnesses[new.name] = new


def _group(needed: str, members: tuple[str, ...], free: set[str], number: int) -> Group:
    counts = {"all": len(members), "any": 1}
    count = counts.get(needed, int(needed) if needed.isdecimal() and len(needed) < 4 else 0)
    if not 1 <= count <= len(members) or len(set(members)) != len(members) or not set(members) <= free:
        raise _bad(f"Line {number} makes a group of names that are not above it, are in another, or are too few.")
    return Group(count, members)


def _bad(why: str) -> BadUseError:
    return BadUseError(
        "bad_witness_policy",
        "The witnesses are not named in a way that can be used.",
        why,
        "One is named by its key: name, plus, 8 hexadecimal digits, plus, base64. See docs/design/witnesses.md.",
    )


@dataclass(frozen=True, slots=True)
class Standing:
    """What one witness is known to have cosigned: the largest size and when; None: nothing that verifies."""

    name: str
    size: int | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Witnessed:
    """What the notes say that were looked at: each witness, and the largest size that a quorum cosigned (None: none),
    with the moment when the quorum was complete."""

    standings: tuple[Standing, ...]
    size: int | None
    at: datetime | None


def weigh_notes(notes: Iterable[bytes], log_key: VerifierKey, policy: WitnessPolicy) -> Witnessed:
    """What the witnesses cosigned among these notes, each signed by the log; those that do not verify count nothing."""
    newest = {name: Standing(name) for name in policy.witnesses}
    size, at = None, None
    for note in notes:
        head = _opened(note, log_key)
        if head is None:
            continue
        times = policy.cosigners(note)
        for name, time in times.items():
            known = newest[name]
            if (head.size, time) > (known.size or 0, known.at or datetime.min.replace(tzinfo=UTC)):
                newest[name] = Standing(name, head.size, time)
        if times and policy.is_met(times) and (size is None or head.size >= size):
            size, at = head.size, max(times.values())
    return Witnessed(tuple(newest.values()), size, at)


def _opened(note: bytes, key: VerifierKey) -> Checkpoint | None:
    try:
        return open_checkpoint(note, key)
    except DamagedError:
        return None
