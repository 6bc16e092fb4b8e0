"""The place, date, caption and rights tags of a photo's XMP packet.

Runs in the child. Never resolves or expands an entity: a packet with a document type is not read at all. Never keeps
names of people (persons shown, creators) out of a packet that can be read.

Source: XMP part 1 (ISO 16684-1); IPTC Photo Metadata Standard 2023.1 for the location structures.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.parsers import expat

MAX_PACKET_BYTES = 1 << 20  # a packet with an edit history is some 100 KB
MAX_DEPTH = 24
MAX_ELEMENTS = 20_000
MAX_FOUND = 40
MAX_WORDS_CHARS = 2_000
_MARKUP = re.compile(r"</?[\w:]+|xmlns:\w+\s*=\s*\"[^\"]*\"|[\w:]+\s*=\s*|[<>\"'/]")
_STANDARD, _EXTENDED = b"http://ns.adobe.com/xap/1.0/\0", b"http://ns.adobe.com/xmp/extension/\0"

_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_X = "adobe:ns:meta/"
_EXT = "http://iptc.org/std/Iptc4xmpExt/2008-02-29/"
_PREFIXES = {
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://ns.adobe.com/photoshop/1.0/": "photoshop",
    "http://ns.adobe.com/xap/1.0/": "xmp",
    "http://ns.adobe.com/exif/1.0/": "exif",
    "http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/": "Iptc4xmpCore",
    _EXT: "Iptc4xmpExt",
    "http://ns.useplus.org/ldf/xmp/1.0/": "plus",
    "http://ns.adobe.com/tiff/1.0/": "tiff",
    "http://ns.adobe.com/lightroom/1.0/": "lr",
}
_SAME = {"lr:hierarchicalSubject": "dc:subject", "dc:coverage": "dc:description"}
"""Other names for keywords and captions."""
_WANTED = frozenset(
    {"dc:title", "dc:description", "dc:subject", "dc:rights", "xmp:CreateDate", "plus:DataMining"}
    | {"photoshop:City", "photoshop:State", "photoshop:Country", "photoshop:DateCreated", "photoshop:Headline"}
    | {"exif:GPSLatitude", "exif:GPSLongitude", "exif:DateTimeOriginal", "exif:UserComment", "tiff:ImageDescription"}
    | {"Iptc4xmpCore:Location", "Iptc4xmpCore:CountryCode", "Iptc4xmpExt:DigitalSourceType"}
    | {"Iptc4xmpExt:LocationShown", "Iptc4xmpExt:LocationCreated"}
)


def xmp_packets(own: object, segments: Iterable[tuple[str, bytes]]) -> list[bytes]:
    """Every XMP packet of a photo: the one that Pillow found, and a JPEG's others, extended ones put together."""
    found = [own] if isinstance(own, bytes) else []
    extended: dict[bytes, list[tuple[bytes, bytes]]] = {}
    for name, content in segments:
        if name == "APP1" and content.startswith(_STANDARD) and content[len(_STANDARD) :] not in found:
            found.append(content[len(_STANDARD) :])
        elif name == "APP1" and content.startswith(_EXTENDED):
            part = content[len(_EXTENDED) :]  # 32 bytes of a digest, 4 of the whole length, 4 of the offset
            extended.setdefault(part[:32], []).append((part[36:40], part[40:]))
    return [*found, *(b"".join(text for _, text in sorted(parts)) for parts in extended.values())]


def xmp_tags(packets: Iterable[bytes]) -> dict[str, str]:
    """ "xmp:PREFIX:NAME" to text, items of a list joined with "; ", and inside a location structure
    "xmp:Iptc4xmpExt:LocationShown[1]/Iptc4xmpExt:City".

    What several packets say is joined too. Of a packet that cannot be read, or is unsafe to, the words alone are kept,
    as a description: what is written there is not to be passed over.
    """
    reader = _Reader()
    for packet in packets:
        if not _read(packet[:MAX_PACKET_BYTES], reader):
            text = packet[:MAX_PACKET_BYTES].replace(b"\0", b"").decode("utf-8", "replace")
            words = " ".join(_MARKUP.sub(" ", text).split())[:MAX_WORDS_CHARS]
            reader.found.setdefault("dc:description", []).extend([words] if words else [])
    return {f"xmp:{name}": "; ".join(texts) for name, texts in reader.found.items() if texts}


def _read(packet: bytes, reader: _Reader) -> bool:
    """Whether the packet could be read to its end."""
    # By its own rules a packet is Unicode, whatever it declares: no other codec is looked for behind the walls.
    wide = b"\0" in packet[:4] or packet[:2] in (b"\xff\xfe", b"\xfe\xff")
    parser = expat.ParserCreate(None if wide else "utf-8", " ")
    reader.begin()
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(packet if wide else packet.strip(b"\0 \r\n\t"), True)
    except (expat.ExpatError, _UnsafeError, ValueError, LookupError):
        return False
    return True


class _UnsafeError(Exception):
    """The packet asks for more than text."""


def _refuse_document_type(*declared: object) -> None:
    raise _UnsafeError


class _Reader:
    """Collects the texts of wanted properties. The path holds property names alone, without RDF's own elements."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}
        self.begin()

    def begin(self) -> None:
        """Another packet."""
        self._path: list[str] = []  # one entry an element: "" for RDF's own
        self._items: list[int] = []  # beside it: how many list items were seen inside
        self._pieces: list[str] = []
        self._elements = 0

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self._elements += 1
        if len(self._path) >= MAX_DEPTH or self._elements > MAX_ELEMENTS:
            raise _UnsafeError
        self._pieces = []
        uri, _, local = name.rpartition(" ")
        if (uri, local) == (_RDF, "li"):
            self._count_item()
        self._path.append("" if uri in (_RDF, _X) else _short(uri, local))
        self._items.append(0)
        for key, value in attributes.items():
            uri, _, local = key.rpartition(" ")
            if uri in _PREFIXES:
                self._keep([*self._path, _short(uri, local)], value)

    def _count_item(self) -> None:
        """Numbers the items of a location list on the property that holds them."""
        for at in range(len(self._path) - 1, -1, -1):
            if self._path[at]:
                self._items[at] += 1
                return

    def text(self, text: str) -> None:
        self._pieces.append(text)

    def end(self, name: str) -> None:
        self._keep(self._path, "".join(self._pieces))
        self._pieces = []
        self._path.pop()
        self._items.pop()

    def _keep(self, path: list[str], text: str) -> None:
        names = [(part, self._items[at] if at < len(self._items) else 0) for at, part in enumerate(path) if part]
        text = text.strip()
        if not names or not text or _SAME.get(names[0][0], names[0][0]) not in _WANTED or len(names) > 2:
            return
        key = names[0][0] if len(names) == 1 else f"{names[0][0]}[{max(names[0][1], 1)}]/{names[1][0]}"
        key = _SAME.get(key, key)
        if key in self.found or len(names) == 1 or len(self.found) < MAX_FOUND:  # of the short ones there are few
            self.found.setdefault(key, []).append(text)


def _short(uri: str, local: str) -> str:
    return f"{_PREFIXES[uri]}:{local}" if uri in _PREFIXES else f"?:{local}"
