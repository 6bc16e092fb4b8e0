"""Who works on a case, by the command line."""

from __future__ import annotations

from tests.conftest import INVESTIGATOR_PASSWORD


def test_a_colleague_is_let_in_and_taken_off_and_the_last_one_stays(agency):
    agency.login("ana", INVESTIGATOR_PASSWORD)
    case_id = agency.json("case", "open", "R-1", "--purpose", "investigate_crime", "--offence", "120")["case_id"]
    assert agency.run("case", "add", case_id, "otto").stdout == "2 people work on case R-1.\n"
    assert agency.run("case", "remove", case_id, "otto").stdout == "1 person works on case R-1.\n"
    last = agency.run("case", "remove", case_id, "ana")
    assert (last.returncode, "(last_member)" in last.stderr) == (2, True)
