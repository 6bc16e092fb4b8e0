"""Malformed input of any kind ends in one of our errors or in a refusal, never in a surprise."""

from __future__ import annotations

from contextlib import suppress
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from facewarden.errors import UnavailableError
from facewarden.law.actions import Action
from facewarden.law.engine import LawEngine
from facewarden.law.facts import Fact
from facewarden.law.loading import builtin_folder, load_packs, select_packs
from facewarden.law.photo import PhotoEvidence, PhotoReader
from facewarden.law.schema import FACT_BY_NAME

from .builders import PERMIT, lawful, rule, write_pack

LAW = LawEngine(select_packs(load_packs([builtin_folder()])))
READER = PhotoReader.load()
TODAY = date(2026, 11, 22)
TEXT = st.text(max_size=60) | st.text("0123456789/.,-NSEWnaif °'\"", max_size=30) | st.just("\udcff")
TAG_NAMES = """
exif:GPSLatitude exif:GPSLatitudeRef exif:GPSLongitude exif:GPSLongitudeRef exif:GPSStatus exif:GPSMapDatum
xmp:exif:GPSLatitude xmp:exif:GPSLongitude iptc:City iptc:State iptc:Country xmp:photoshop:State
xmp:Iptc4xmpExt:LocationShown[1]/Iptc4xmpExt:CountryCode iptc:Keywords
"""
NAMES = st.sampled_from(TAG_NAMES.split())
URLS = (
    TEXT
    | TEXT.map(lambda text: "https://" + text)
    | st.from_regex(r"https?://[a-z0-9.:@\[\]%-]{1,40}/?", fullmatch=True)
)


@settings(max_examples=100, deadline=None)
@given(
    tags=st.dictionaries(NAMES, TEXT, max_size=8),
    latitude=st.none() | st.floats(),
    longitude=st.none() | st.floats(),
    page=st.none() | URLS,
    server=st.none() | TEXT,
)
def test_any_photo_becomes_facts_that_can_be_decided(tags, latitude, longitude, page, server):
    evidence = PhotoEvidence(
        tags=tags, latitude_deg=latitude, longitude_deg=longitude, page_url=page, file_url=page, server_ip=server
    )
    found = READER.read(evidence)
    assert all(FACT_BY_NAME[name].accepts(fact.value) for name, fact in found.items())
    decision = LAW.decide(Action.COLLECT, {**lawful(Action.COLLECT), **found}, TODAY)
    assert decision.allowed or decision.grounds
    if found["position_state"].value == "unreadable" or found["address_state"].value == "unreadable":
        assert not decision.allowed


VALUES = (
    st.none()
    | st.booleans()
    | st.integers()
    | TEXT
    | st.frozensets(TEXT, max_size=3)
    | st.floats()
    | st.binary(max_size=3)
)


@settings(max_examples=80, deadline=None)
@given(st.dictionaries(st.sampled_from(sorted(FACT_BY_NAME)) | TEXT, VALUES, max_size=6))
def test_facts_of_any_value_end_in_a_decision(values):
    facts = {**lawful(Action.SEARCH), **{name: Fact(value, "fuzz") for name, value in values.items()}}
    decision = LAW.decide(Action.SEARCH, facts, TODAY)
    assert decision.allowed or decision.grounds


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_pack_damaged_anywhere_loads_or_is_refused_by_name(tmp_path, data):
    folder = write_pack(Path(tmp_path) / "p", PERMIT, rule("t.r", 'when { context.case_state == "closed" }'))
    name = data.draw(st.sampled_from(["pack.toml", "rules.cedar"]))
    content = bytearray((folder / name).read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at : at + data.draw(st.integers(0, 20))] = data.draw(st.binary(max_size=6))
    (folder / name).write_bytes(bytes(content))
    with suppress(UnavailableError):  # any other error fails the test
        assert LawEngine(load_packs([folder])).decide(Action.SEARCH, {}, TODAY).to_json()
