"""Place and caption tags are read from XMP and IPTC; of an unsafe or endless packet the words alone are kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from facewarden.adapters.photos_decode.iptc import iptc_tags
from facewarden.adapters.photos_decode.xmp import MAX_PACKET_BYTES, xmp_packets
from facewarden.adapters.photos_decode.xmp import xmp_tags as tags_of_packets

_SPACES = (
    "xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns:dc='http://purl.org/dc/elements/1.1/' "
    "xmlns:photoshop='http://ns.adobe.com/photoshop/1.0/' xmlns:plus='http://ns.useplus.org/ldf/xmp/1.0/' "
    "xmlns:ext='http://iptc.org/std/Iptc4xmpExt/2008-02-29/' xmlns:exif='http://ns.adobe.com/exif/1.0/'"
)


def xmp_tags(packet):
    return tags_of_packets([packet])


def _packet(body, attributes="", before=""):
    text = (
        f"{before}<x:xmpmeta xmlns:x='adobe:ns:meta/'><rdf:RDF {_SPACES}>"
        f"<rdf:Description {attributes}>{body}</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    return text.encode()


def test_a_property_is_read_as_an_attribute_and_as_an_element():
    packet = _packet("<photoshop:State> Illinois </photoshop:State>", "photoshop:City='Chicago'")
    assert xmp_tags(packet) == {"xmp:photoshop:City": "Chicago", "xmp:photoshop:State": "Illinois"}


def test_the_prefix_a_file_chooses_does_not_matter():
    packet = _packet("<p:City xmlns:p='http://ns.adobe.com/photoshop/1.0/'>Chicago</p:City>")
    assert xmp_tags(packet) == {"xmp:photoshop:City": "Chicago"}
    wrong = _packet("<photoshop:City xmlns:photoshop='http://example.org/'>Chicago</photoshop:City>")
    assert xmp_tags(wrong) == {}


@pytest.mark.parametrize(
    "item",
    [
        "<rdf:li rdf:parseType='Resource'><ext:City>{0}</ext:City><ext:ProvinceState>IL</ext:ProvinceState></rdf:li>",
        "<rdf:li><rdf:Description ext:City='{0}' ext:ProvinceState='IL'/></rdf:li>",
        "<rdf:li ext:City='{0}' ext:ProvinceState='IL'/>",
    ],
)
def test_each_location_shown_keeps_its_parts_together(item):
    items = item.format("Chicago") + item.format("Joliet")
    tags = xmp_tags(_packet(f"<ext:LocationShown><rdf:Bag>{items}</rdf:Bag></ext:LocationShown>"))
    assert tags == {
        "xmp:Iptc4xmpExt:LocationShown[1]/Iptc4xmpExt:City": "Chicago",
        "xmp:Iptc4xmpExt:LocationShown[1]/Iptc4xmpExt:ProvinceState": "IL",
        "xmp:Iptc4xmpExt:LocationShown[2]/Iptc4xmpExt:City": "Joliet",
        "xmp:Iptc4xmpExt:LocationShown[2]/Iptc4xmpExt:ProvinceState": "IL",
    }


def test_where_it_was_taken_is_told_from_what_it_shows():
    body = "<ext:LocationCreated rdf:parseType='Resource'><ext:City>Gary</ext:City></ext:LocationCreated>"
    assert xmp_tags(_packet(body)) == {"xmp:Iptc4xmpExt:LocationCreated[1]/Iptc4xmpExt:City": "Gary"}


def test_keywords_are_joined_and_people_left_out():
    body = (
        "<dc:subject><rdf:Bag><rdf:li>pier</rdf:li><rdf:li>Illinois</rdf:li></rdf:Bag></dc:subject>"
        "<dc:creator><rdf:Seq><rdf:li>A. Person</rdf:li></rdf:Seq></dc:creator>"
        "<ext:PersonInImage><rdf:Bag><rdf:li>B. Person</rdf:li></rdf:Bag></ext:PersonInImage>"
    )
    assert xmp_tags(_packet(body)) == {"xmp:dc:subject": "pier; Illinois"}


_LAUGHS = (
    "<!DOCTYPE x [<!ENTITY a 'ha'><!ENTITY b '&a;&a;&a;&a;&a;&a;&a;&a;'><!ENTITY c '&b;&b;&b;&b;&b;&b;&b;&b;'>]>",
    "<!DOCTYPE x [<!ENTITY c SYSTEM 'file:///etc/passwd'>]>",
    "<!DOCTYPE x SYSTEM 'http://example.org/x.dtd'>",
)


@pytest.mark.parametrize("before", _LAUGHS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_of_a_packet_with_a_document_type_only_the_words_are_kept(before, encoding):
    body = "<photoshop:City>Chicago</photoshop:City>"
    assert xmp_tags(_packet(body).decode().encode(encoding)) == {"xmp:photoshop:City": "Chicago"}
    tags = xmp_tags(_packet(body + "<dc:x>&c;</dc:x>", before=before).decode().encode(encoding))
    assert list(tags) == ["xmp:dc:description"]
    assert "Chicago" in tags["xmp:dc:description"]
    assert "&c;" in tags["xmp:dc:description"]


def test_an_endless_packet_is_read_to_its_limit():
    city = "<photoshop:City>Chicago</photoshop:City>"
    read, cut = {"xmp:photoshop:City"}, {"xmp:photoshop:City", "xmp:dc:description"}
    assert set(xmp_tags(_packet(city + "<dc:x/>" * 19_000))) == read
    assert set(xmp_tags(_packet(city + "<dc:x/>" * 21_000))) == cut
    assert set(xmp_tags(_packet(city + "<dc:x>" * 10 + "</dc:x>" * 10))) == read
    assert set(xmp_tags(_packet(city + "<dc:x>" * 30 + "</dc:x>" * 30))) == cut
    assert set(xmp_tags(_packet(city) + b" " * (MAX_PACKET_BYTES + 1))) == read


def test_every_packet_of_a_photo_is_read_and_an_extended_one_put_together():
    state, other = _packet("<photoshop:State>Illinois</photoshop:State>"), _packet("", "photoshop:State='Oregon'")
    plain, more = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0" + b"5" * 32
    size, half = len(state).to_bytes(4, "big"), 100
    parts = [
        ("APP1", more + size + half.to_bytes(4, "big") + state[half:]),
        ("APP1", more + size + bytes(4) + state[:half]),
    ]
    assert xmp_packets(other, [("APP1", plain + other), ("COM", b"x"), *parts]) == [other, state]
    assert tags_of_packets([other, state]) == {"xmp:photoshop:State": "Oregon; Illinois"}


def test_junk_before_a_state_does_not_hide_it():
    items = "<rdf:li ext:City='x'/>" * 50
    body = (
        f"<ext:LocationShown><rdf:Bag>{items}</rdf:Bag></ext:LocationShown><photoshop:State>Illinois</photoshop:State>"
    )
    assert xmp_tags(_packet(body))["xmp:photoshop:State"] == "Illinois"


def test_keywords_and_captions_under_other_names_count():
    spaces = "xmlns:lr='http://ns.adobe.com/lightroom/1.0/' xmlns:tiff='http://ns.adobe.com/tiff/1.0/'"
    body = "<lr:hierarchicalSubject><rdf:Bag><rdf:li>USA|Illinois</rdf:li></rdf:Bag></lr:hierarchicalSubject>"
    tags = xmp_tags(_packet(body, f"{spaces} dc:coverage='Chicago' tiff:ImageDescription='Joliet'"))
    assert tags == {
        "xmp:dc:subject": "USA|Illinois",
        "xmp:dc:description": "Chicago",
        "xmp:tiff:ImageDescription": "Joliet",
    }


@pytest.mark.parametrize("packet", [b"", b"<", b"<a>", b"\0\0", b"<?xml version='1.0' encoding='x'?><a/>"])
def test_what_is_no_packet_says_nothing(packet):
    assert xmp_tags(packet) == {}


@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 20))
def test_a_mutated_packet_gives_text_or_nothing(noise, at, cut):
    packet = _packet("<photoshop:State>Illinois</photoshop:State>", "photoshop:City='Chicago'")
    tags = xmp_tags(packet[:at] + noise + packet[at + cut :])
    assert all(isinstance(text, str) for text in tags.values())


def _dataset(record, number, value):
    return bytes([0x1C, record, number]) + len(value).to_bytes(2, "big") + value


def test_iptc_text_is_read_in_its_character_set():
    block = _dataset(2, 90, "Zürich".encode("latin-1")) + _dataset(2, 101, b"Schweiz")
    assert iptc_tags({0x0404: block}) == {"iptc:City": "Zürich", "iptc:Country": "Schweiz"}
    assert iptc_tags({0x0404: _dataset(1, 90, b"\x1b%G") + _dataset(2, 90, "Zürich".encode())}) == {
        "iptc:City": "Zürich"
    }


def test_iptc_keywords_are_joined_and_other_records_left_out():
    block = (
        _dataset(2, 25, b"pier") + _dataset(2, 25, b"Illinois") + _dataset(3, 90, b"X") + _dataset(2, 80, b"A. Person")
    )
    assert iptc_tags({0x0404: block}) == {"iptc:Keywords": "pier; Illinois"}


def test_iptc_stops_where_it_stops_making_sense():
    block = _dataset(2, 90, b"Chicago") + b"\x1c\x02\x5f\xff\xff" + _dataset(2, 95, b"Illinois")
    assert iptc_tags({0x0404: block}) == {"iptc:City": "Chicago"}


def test_iptc_is_read_past_padding_long_datasets_and_utf_16():
    long = b"\x1c\x02\xc8\x80\x04" + (3).to_bytes(4, "big") + b"abc"
    block = b"\0" + long + _dataset(2, 95, "Illinois".encode("utf-16-be"))
    assert iptc_tags({0x0404: block}) == {"iptc:State": "Illinois"}


@given(st.one_of(st.none(), st.binary(max_size=200), st.dictionaries(st.just(0x0404), st.binary(max_size=200))))
def test_any_block_gives_text_or_nothing(resources):
    assert all(isinstance(text, str) for text in iptc_tags(resources).values())
