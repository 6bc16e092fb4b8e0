"""What a log and a witness say to each other, and what a witness must never cosign."""

import pytest

from facewarden.audit.checkpoint import Checkpoint
from facewarden.audit.cosigning import (
    SIZE_TYPE,
    Answer,
    Cosigner,
    Request,
    joined,
    origin_of,
    parse_request,
    weigh,
)
from facewarden.audit.merkle import complete_root, consistency_proof, leaf_hash, root_hash
from facewarden.audit.note import NoteSigner, VerifierKey, cosigned_at, parse_note
from facewarden.errors import DamagedError

LOG = NoteSigner("agency.example", bytes(range(32)))
OTHER = NoteSigner("agency.example", bytes(range(1, 33)))
WITNESS = Cosigner("witness.example/w1", bytes(range(2, 34)))
OLD, NEW = 5, 11

PUBLISHED = """old 20852014
PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=
jrJZDmY8Y7SyJE0MWLpLozkIVMSMZcD5kvuKxPC3swk=
5+pKlUdi2LeF/BcMHBn+Ku6yhPGNCswZZD1X/6QgPd8=
/6WVhPs2CwSsb5rYBH5cjHV/wSmA79abXAwhXw3Kj/0=

example.com/behind-the-sofa
20852163
CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=

— example.com/behind-the-sofa Az3grlgtzPICa5OS8npVmf1Myq/5IZniMp+ZJurmRDeOoRDe4URYN7u5/Zhcyv2q1gGzGku9nTo+zyWE+xeMcTOAYQ8=
""".encode()  # noqa: E501
"""The example of c2sp.org/tlog-witness."""


def node(size, salt=b""):
    hashes = [leaf_hash(salt + bytes([at])) for at in range(size)]
    return lambda level, index: complete_root(hashes[index << level : (index + 1) << level])


def head(size, salt=b""):
    return Checkpoint("agency.example", size, root_hash(size, node(size, salt)))


def asked(old=OLD, new=NEW, signer=LOG, salt=b"", proof=None):
    steps = consistency_proof(old, new, node(new, salt)) if proof is None else proof
    return Request(old, tuple(steps), head(new, salt).sign(signer))


def status(request, last):
    answer = weigh(request, LOG.verifier_key, last)
    return answer.status if isinstance(answer, Answer) else 200


def test_the_published_request_is_read_and_written_as_it_is():
    request = parse_request(PUBLISHED)
    assert (request.old_size, len(request.proof)) == (20852014, 4)
    assert origin_of(request) == "example.com/behind-the-sofa"
    assert request.to_bytes() == PUBLISHED


@pytest.mark.parametrize(
    "change",
    [
        lambda body: body.replace(b"old 2", b"old 02"),
        lambda body: body.replace(b"old 20852014", b"old -1"),
        lambda body: body.replace(b"old 20852014", b"old " + b"9" * 30),
        lambda body: body.replace(b"old 20852014", "old \u0661".encode()),
        lambda body: body.replace(b"old ", b"new "),
        lambda body: body.replace(b"Plr", b"P\xff").replace(b"PlRN", b"Pl*N"),
        lambda body: body.replace(b"PlRNCrwH", b""),
        lambda body: body[:30],
        lambda body: b"old 1\n" + b"PlRNCrwHpqhGrupue0L7gxbjbMiKA9temvuZZDDpkaw=\n" * 64 + b"\n" + body,
        lambda body: b"",
    ],
)
def test_a_malformed_request_is_none(change):
    with pytest.raises(DamagedError) as caught:
        parse_request(change(PUBLISHED))
    assert caught.value.code == "witness_request_malformed"


def test_what_goes_on_from_the_last_may_be_cosigned_and_the_same_again():
    assert weigh(asked(), LOG.verifier_key, head(OLD)) == head(NEW)
    assert weigh(asked(0, proof=()), LOG.verifier_key, None) == head(NEW)
    assert weigh(asked(NEW, NEW, proof=()), LOG.verifier_key, head(NEW)) == head(NEW)


@pytest.mark.parametrize(
    ("request_", "last", "expected"),
    [
        (asked(signer=OTHER), head(OLD), 403),
        (asked(), head(OLD - 1), 409),
        (asked(), None, 409),
        (asked(OLD, OLD, proof=()), head(NEW), 409),
        (asked(NEW, OLD, proof=()), head(NEW), 400),
        (asked(salt=b"another past"), head(OLD), 422),
        (asked(proof=()), head(OLD), 422),
        (asked(0, proof=(b"x" * 32,)), None, 422),
        (asked(NEW, NEW, salt=b"fork", proof=()), head(NEW), 422),
    ],
)
def test_whatever_else_is_refused_with_the_status_of_the_protocol(request_, last, expected):
    assert status(request_, last) == expected


def test_a_witness_that_is_elsewhere_says_where():
    answer = weigh(asked(), LOG.verifier_key, head(OLD + 1))
    assert (answer.body, answer.content_type, answer.size) == (b"6\n", SIZE_TYPE, 6)
    assert Answer(409, b"6\n", "text/plain").size is None
    assert Answer(409, b"x", SIZE_TYPE).size is None


def test_a_cosignature_is_the_published_form_and_counts_for_its_own_witness_alone():
    note = head(NEW).sign(LOG)
    line = WITNESS.cosign(head(NEW).text, 1679315147)
    other = Cosigner("witness.example/w2", bytes(32)).cosign(head(NEW).text, 1)
    whole = joined(note, f"{line}{other}{line}".encode(), [WITNESS.verifier_key])
    assert whole == note + str(line).encode()
    assert cosigned_at(parse_note(whole), WITNESS.verifier_key) == 1679315147
    assert VerifierKey.parse(str(WITNESS.verifier_key)) == WITNESS.verifier_key
    for wrong in (WITNESS.cosign(head(OLD).text, 1679315147), NoteSigner("witness.example/w1", bytes(range(2, 34)))):
        if isinstance(wrong, NoteSigner):  # the same key and name, but another kind of signature
            assert cosigned_at(parse_note(whole), wrong.verifier_key) is None
        else:
            assert joined(note, str(wrong).encode(), [WITNESS.verifier_key]) == note


def test_a_newer_cosignature_takes_the_place_of_the_older():
    note = head(NEW).sign(LOG)
    first = joined(note, str(WITNESS.cosign(head(NEW).text, 1)).encode(), [WITNESS.verifier_key])
    second = joined(first, str(WITNESS.cosign(head(NEW).text, 2)).encode(), [WITNESS.verifier_key])
    assert len(parse_note(second).signatures) == 2
    assert cosigned_at(parse_note(second), WITNESS.verifier_key) == 2
