"""Who must have cosigned, and who did."""

from datetime import UTC, datetime

import pytest

from facewarden.audit.checkpoint import Checkpoint
from facewarden.audit.cosigning import Cosigner, joined
from facewarden.audit.note import NoteSigner
from facewarden.audit.witnesses import WitnessPolicy, parse_policy, weigh_notes
from facewarden.errors import BadUseError

LOG = NoteSigner("agency.example", bytes(range(32)))
COSIGNERS = [Cosigner(f"w{n}.example", bytes([n] * 32)) for n in range(1, 5)]
KEYS = [cosigner.verifier_key for cosigner in COSIGNERS]
POLICY = f"""
# two houses
log {LOG.verifier_key}
witness X1 {KEYS[0]} https://x1.example/w
\twitness X2 {KEYS[1]}
witness Y1 {KEYS[2]}
witness Y2 {KEYS[3]}
group X 2 X1 X2
group Y any Y1 Y2
group both all X Y
quorum both
"""


def noted(size, *cosigners, at_s=1_800_000_000):
    head = Checkpoint("agency.example", size, bytes([size] * 32))
    lines = "".join(str(cosigner.cosign(head.text, at_s)) for cosigner in cosigners)
    return joined(head.sign(LOG), lines.encode(), KEYS) if lines else head.sign(LOG)


@pytest.mark.parametrize(
    ("cosigners", "met"),
    [("X1 X2 Y1", True), ("X1 X2 Y2", True), ("X1 X2", False), ("X1 Y1 Y2", False), ("", False), ("both", False)],
)
def test_a_quorum_of_groups_is_what_the_policy_says(cosigners, met):
    policy = parse_policy(POLICY)
    assert policy.is_met(cosigners.split()) is met
    assert (policy.witnesses["X1"].url, policy.witnesses["X2"].url) == ("https://x1.example/w", "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "quorum X",
        f"witness X {KEYS[0]}",
        f"witness X {KEYS[0]}\nwitness Y {KEYS[0]}\nquorum X",
        f"witness X {KEYS[0]}\nwitness X {KEYS[1]}\nquorum X",
        f"witness none {KEYS[0]}\nquorum none",
        f"witness X {LOG.verifier_key}\nquorum X",
        f"witness X {KEYS[0]}\nquorum X\nquorum X",
        f"witness X {KEYS[0]}\ngroup g 2 X\nquorum g",
        f"witness X {KEYS[0]}\ngroup g 0 X\nquorum g",
        f"witness X {KEYS[0]}\ngroup g 2 X X\nquorum g",
        f"witness X {KEYS[0]}\ngroup g any X\ngroup h any X\nquorum g",
        f"group g any X\nwitness X {KEYS[0]}\nquorum g",
        "witness X nokey\nquorum X",
        "quorum none\n" + "#\n" * 600,
        "nonsense\nquorum none",
    ],
)
def test_a_policy_that_says_no_one_thing_is_refused(text):
    with pytest.raises(BadUseError) as caught:
        parse_policy(text)
    assert caught.value.code == "bad_witness_policy"


def test_a_witness_named_twice_or_too_few_of_them_is_no_quorum():
    for keys, needed in (([KEYS[0], KEYS[0]], None), (KEYS[:2], 3), ([], None), ([LOG.verifier_key], None)):
        with pytest.raises(BadUseError):
            WitnessPolicy.of_keys(keys, needed)


def test_only_a_quorum_on_one_checkpoint_counts():
    policy = WitnessPolicy.of_keys(KEYS[:2])
    notes = [noted(3, COSIGNERS[0], COSIGNERS[1]), noted(5, COSIGNERS[0]), noted(6, COSIGNERS[1]), noted(9)]
    seen = weigh_notes(notes, LOG.verifier_key, policy)
    assert seen.size == 3
    assert [standing.size for standing in seen.standings] == [5, 6]
    assert seen.at == datetime.fromtimestamp(1_800_000_000, UTC)


def test_a_checkpoint_of_another_log_counts_for_nobody():
    other = NoteSigner("agency.example", bytes(32))
    seen = weigh_notes([noted(3, COSIGNERS[0])], other.verifier_key, WitnessPolicy.of_keys(KEYS[:1]))
    assert (seen.size, seen.standings[0].size) == (None, None)


def test_a_time_that_no_calendar_holds_is_no_error():
    seen = weigh_notes([noted(3, COSIGNERS[0], at_s=2**63 - 1)], LOG.verifier_key, WitnessPolicy.of_keys(KEYS[:1]))
    assert seen.at == datetime.max.replace(tzinfo=UTC)
