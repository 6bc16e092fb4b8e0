"""What people type is one line of printable text, or it is refused with what to do."""

import pytest

from facewarden.domain.cases import Purpose
from facewarden.domain.sources import LegalBasis
from facewarden.errors import BadUseError
from facewarden.services.lines import printable_line
from tests.unit.services.actors import actor_of
from tests.unit.web.builders import populated

HOSTILE = ["\x1b[2Jgone", "A\u202e17", "A\x0017", "\udcff", "A\u200e17", "A\u206617"]


@pytest.fixture
def installation():
    return populated()


def refused(act, *given):
    with pytest.raises(BadUseError) as caught:
        act(*given)
    assert caught.value.next_step
    return caught.value.code


@pytest.mark.parametrize("text", HOSTILE)
def test_what_is_not_printable_is_kept_nowhere(installation, text):
    investigator, operator = actor_of(installation, "investigator"), actor_of(installation, "operator")
    cases, sources = installation.cases, installation.sources
    assert refused(cases.open, investigator, text, Purpose.INVESTIGATE_CRIME, "") == "bad_case_number"
    assert refused(cases.open, investigator, "1", Purpose.INVESTIGATE_CRIME, text) == "bad_offence"
    basis = LegalBasis.LICENCE
    assert refused(sources.add, operator, text, basis, "", None, (), b"x") == "bad_name"
    assert refused(sources.add, operator, "S", basis, text, None, (), b"x") == "bad_contact"
    assert refused(sources.add, operator, "S", basis, "", None, (text,), b"x") == "bad_host"
    assert installation.log.size() == 0


def test_lines_and_runs_of_space_become_single_spaces(installation):
    case = installation.cases.open(
        actor_of(installation, "investigator"), " HP \n 17 ", Purpose.INVESTIGATE_CRIME, "Theft\r\n(second)"
    )
    assert (case.number, case.offence) == ("HP 17", "Theft (second)")


@pytest.mark.parametrize(
    "host", ["", "com", "https://a.example", "a.example/x", "a..example", "-a.example", "a b.example"]
)
def test_what_is_no_whole_host_is_not_owned(installation, host):
    operator = actor_of(installation, "operator")
    assert refused(installation.sources.add, operator, "S", LegalBasis.LICENCE, "", None, (host,), b"x") == "bad_host"


def test_hosts_are_kept_in_one_spelling(installation):
    source = installation.sources.add(
        actor_of(installation, "operator"), "S", LegalBasis.LICENCE, "", None, (" Photos.County.Example. ",), b"x"
    )
    assert source.hosts == ("photos.county.example",)


@pytest.mark.parametrize(
    ("text", "line"), [("abc", "abc"), ("abcd", None), (" ", ""), ("", ""), ("a b", "a b"), ("é", "é")]
)
def test_a_line_is_printable_and_short_enough_or_nothing(text, line):
    assert printable_line(text, 3) == line
