"""Packs load whole or not at all."""

from datetime import date

import pytest

from facewarden.errors import UnavailableError
from facewarden.law.loading import Binding, PackStatus, builtin_folder, check_set, load_packs, select_packs

from .builders import PERMIT, rule, write_pack

DUTY = '[{id = "d", verb = "delete", reach = ["photos"], text = "t", citation = "c", verified = true}]'


def test_the_packs_that_ship_load_and_say_where_they_come_from():
    packs = load_packs([builtin_folder()])
    assert len(packs) >= 20
    for pack in packs:
        assert pack.link.startswith("https://")
        assert pack.timezone.key
        assert pack.rules or pack.duties
        assert pack.folder == builtin_folder() / pack.pack_id


def test_a_new_installation_adopts_the_clearview_papers_as_house_rules_and_says_so():
    chosen = {pack.pack_id: pack for pack in select_packs(load_packs([builtin_folder()]))}
    assert {"clearview-filing-2020", "clearview-consent-order-2022"} <= chosen.keys()
    assert all(pack.binds is Binding.HOUSE_RULE for pack in chosen.values())
    assert chosen["clearview-filing-2020"].status is PackStatus.COURT_FILING
    assert chosen["clearview-consent-order-2022"].status is PackStatus.COURT_ORDER


def test_a_choice_brings_what_it_requires_and_says_why_it_binds():
    chosen = select_packs(load_packs([builtin_folder()]), {"bipa-15": Binding.THIS_OPERATOR})
    assert {pack.pack_id: pack.binds for pack in chosen} == {
        "facewarden-base": Binding.HOUSE_RULE,
        "bipa-15": Binding.THIS_OPERATOR,
    }


def test_a_choice_of_an_unknown_pack_is_refused():
    with pytest.raises(UnavailableError, match="no law pack nowhere"):
        select_packs(load_packs([builtin_folder()]), {"nowhere": Binding.HOUSE_RULE})


def test_a_pack_alone_without_what_it_requires_is_refused():
    with pytest.raises(UnavailableError, match="requires facewarden-base"):
        load_packs([builtin_folder() / "bipa-15"])


def test_a_choice_whose_requirement_is_not_there_is_refused(tmp_path):
    packs = [pack for pack in load_packs([builtin_folder()]) if pack.pack_id != "facewarden-base"]
    with pytest.raises(UnavailableError, match="requires facewarden-base"):
        select_packs(packs, {"bipa-15": Binding.HOUSE_RULE})


def test_references_in_a_circle_are_refused(tmp_path):
    write_pack(tmp_path / "a", PERMIT, id='"a"', requires='["b"]')
    write_pack(tmp_path / "b", rule("b.r", "when { true }"), id='"b"', requires='["a"]')
    with pytest.raises(UnavailableError, match="circle"):
        load_packs([tmp_path])


def test_the_version_follows_manifest_and_rules_but_not_scenarios(tmp_path):
    first = load_packs([write_pack(tmp_path / "p", PERMIT)])[0].version
    (tmp_path / "p" / "scenarios.toml").write_text("")
    assert load_packs([tmp_path / "p"])[0].version == first
    assert load_packs([write_pack(tmp_path / "p", PERMIT, title='"Another"')])[0].version != first
    assert load_packs([write_pack(tmp_path / "p", PERMIT + "// note")])[0].version != first


def test_an_empty_folder_is_refused(tmp_path):
    with pytest.raises(UnavailableError, match="no law pack"):
        load_packs([tmp_path])


def test_a_missing_folder_is_refused_without_its_path(tmp_path):
    with pytest.raises(UnavailableError) as caught:
        load_packs([tmp_path / "gone"])
    assert str(tmp_path) not in str(caught.value)


def test_no_folders_at_all_are_refused():
    with pytest.raises(UnavailableError, match="no law rules"):
        load_packs([])


def test_a_set_of_duties_alone_decides_nothing_and_is_refused(tmp_path):
    with pytest.raises(UnavailableError, match="no law rules"):
        load_packs([write_pack(tmp_path / "p", duties=DUTY)])


def test_two_packs_or_rules_of_one_id_are_refused(tmp_path):
    write_pack(tmp_path / "a", PERMIT)
    write_pack(tmp_path / "b", rule("b.r", "when { true }"))
    with pytest.raises(UnavailableError, match="Two law packs"):
        load_packs([tmp_path])
    write_pack(tmp_path / "b", PERMIT, id='"other"')
    with pytest.raises(UnavailableError, match="Two law rules"):
        load_packs([tmp_path])


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"effective": "2022-13-45"}, "TOMLDecodeError"),
        ({"effective": "2022-05-11T00:00:00"}, "not a date"),
        ({"effective": '"2022-05-11"'}, "not a date"),
        ({"effective": ""}, "lacks the field 'effective'"),
        ({"expires": "2021-01-01"}, "expires before"),
        ({"title": '""'}, "'title'"),
        ({"verified": '"yes"'}, "not a bool"),
        ({"status": '"rumour"'}, "rumour"),
        ({"binds": '"everybody"'}, "everybody"),
        ({"timezone": '"Mars/Olympus"'}, "Mars"),
        ({"colour": '"red"'}, "unknown field 'colour'"),
        ({"requires": '"base"'}, "not a list"),
        ({"permits_foreign": '["Ukraine"]'}, "no country of ISO 3166"),
        ({"permits_foreign": "[7]"}, "no country of ISO 3166"),
        ({"retain_days": "0"}, "not above zero"),
        ({"duties": '[{id = "d"}]'}, "lacks the field"),
        ({"duties": DUTY.replace("}", ', by_rules = ["t.none"]}')}, "'t.none', which the pack does not have"),
        ({"duties": DUTY.replace("delete", "forget")}, "forget"),
    ],
)
def test_a_malformed_manifest_is_refused_with_its_reason(tmp_path, fields, reason):
    with pytest.raises(UnavailableError, match=reason) as caught:
        load_packs([write_pack(tmp_path / "p", PERMIT, **fields)])
    assert caught.value.code == "law_packs_invalid"


def test_rules_that_do_not_validate_are_refused(tmp_path):
    with pytest.raises(UnavailableError, match="does not fit the schema"):
        load_packs([write_pack(tmp_path / "p", rule("t.x", "when { context.nothing }"))])


def test_files_that_are_not_text_are_refused(tmp_path):
    folder = write_pack(tmp_path / "p", PERMIT)
    (folder / "rules.cedar").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(UnavailableError, match="UnicodeDecodeError"):
        load_packs([folder])


def test_dates_of_a_pack_are_whole_days(tmp_path):
    (pack,) = load_packs([write_pack(tmp_path / "p", PERMIT, expires="2027-05-11")])
    assert (pack.effective, pack.expires) == (date(2022, 5, 11), date(2027, 5, 11))
    check_set([pack])
