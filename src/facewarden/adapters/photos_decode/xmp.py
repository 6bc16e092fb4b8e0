"""The place, date, caption and rights tags of a photo's XMP packet.

Runs in the child. Never resolves or expands an entity: a packet with a document type is not read at all. Never keeps
names of people (persons shown, creators).

Source: XMP part 1 (ISO 16684-1); IPTC Photo Metadata Standard 2023.1 for the location structures.
"""

from __future__ import annotations

from xml.parsers import expat

MAX_PACKET_BYTES = 1 << 20  # a packet with an edit history is some 100 KB
MAX_DEPTH = 24
MAX_ELEMENTS = 20_000
MAX_FOUND = 40

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
}
_WANTED = frozenset(
    {"dc:title", "dc:description", "dc:subject", "dc:rights", "xmp:CreateDate", "plus:DataMining"}
    | {"photoshop:City", "photoshop:State", "photoshop:Country", "photoshop:DateCreated", "photoshop:Headline"}
    | {"exif:GPSLatitude", "exif:GPSLongitude", "exif:DateTimeOriginal"}
    | {"Iptc4xmpCore:Location", "Iptc4xmpCore:CountryCode", "Iptc4xmpExt:DigitalSourceType"}
    | {"Iptc4xmpExt:LocationShown", "Iptc4xmpExt:LocationCreated"}
)


def xmp_tags(packet: object) -> dict[str, str]:
    """ "xmp:PREFIX:NAME" to text, items of a list joined with "; ", and inside a location structure
    "xmp:Iptc4xmpExt:LocationShown[1]/Iptc4xmpExt:City". Empty where the packet is absent, too large or unsafe."""
    if not isinstance(packet, bytes) or len(packet) > MAX_PACKET_BYTES:
        return {}
    reader = _Reader()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse_document_type
    parser.StartElementHandler = reader.start
    parser.EndElementHandler = reader.end
    parser.CharacterDataHandler = reader.text
    try:
        parser.Parse(packet if b"\0" in packet[:4] else packet.strip(b"\0 \r\n\t"), True)  # UTF-16 as it is
    except (expat.ExpatError, _UnsafeError, ValueError, LookupError):
        return {}
    return {f"xmp:{name}": "; ".join(texts) for name, texts in reader.found.items()}


class _UnsafeError(Exception):
    """The packet asks for more than text."""


def _refuse_document_type(*declared: object) -> None:
    raise _UnsafeError


class _Reader:
    """Collects the texts of wanted properties. The path holds property names alone, without RDF's own elements."""

    def __init__(self) -> None:
        self.found: dict[str, list[str]] = {}
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
        if not names or not text or names[0][0] not in _WANTED or len(names) > 2:
            return
        key = names[0][0] if len(names) == 1 else f"{names[0][0]}[{max(names[0][1], 1)}]/{names[1][0]}"
        if key in self.found or len(self.found) < MAX_FOUND:
            self.found.setdefault(key, []).append(text)


def _short(uri: str, local: str) -> str:
    return f"{_PREFIXES[uri]}:{local}" if uri in _PREFIXES else f"?:{local}"
