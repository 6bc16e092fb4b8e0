"""What kind of body a name and a type speak of, with the words that told it.

Never guesses: two words that contradict each other leave the question undetermined.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import cache

from facewarden.domain.accounts import Exemption, GovernmentLevel, OrganisationKind, Sector
from facewarden.services.people.customers import words as tables
from facewarden.services.people.customers.text import Span, expanded, find, plain, segments

_LOCAL_WORDS = frozenset({"county", "city", "town", "village", "borough", "township", "parish", "municipal", "metro"})
_FEDERAL_STARTS = ("department", "bureau", "agency", "office", "administration", "commission", "district", "court")
_HEAD_FIRST = frozenset({"of", "de", "la", "del", "van"})
_GOVERNING = frozenset({"government", "state", "city", "county", "municipal", "agency", "police"})
_RANKS = frozenset(
    ["officer", "detective", "det", "sgt", "sergeant", "lt", "lieutenant", "deputy", "mr", "mrs", "ms", "dr"]
)
_UNTOLD = "-"


@dataclass(frozen=True, slots=True)
class Recognised:
    """One thing that was looked for: its value, None where it cannot be told, and the words it was told by (or why)."""

    value: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Body:
    """What a body is: each of Sector, GovernmentLevel, OrganisationKind, Exemption by its value, or undetermined."""

    sector: Recognised
    level: Recognised
    kind: Recognised
    exemption: Recognised


@dataclass(frozen=True, slots=True)
class _Hit:
    sector: str
    level: str
    kind: str
    phrase: str
    span: Span


@dataclass(frozen=True, slots=True)
class _Reading:
    """What one text said; empty words: it said nothing."""

    sector: str | None
    level: str | None
    kind: str | None
    words: str
    contradicts: bool = False
    presumed_level: str | None = None


_NOTHING = _Reading(None, None, None, "")


def classify(
    name: str,
    type_text: str,
    level_text: str,
    exemption_text: str,
    domain_sector: str | None,
    country: str | None,
    city: str = "",
) -> Body:
    """The body of that name and type. `domain_sector` is what a government domain proves, `country` its ISO 3166 code.

    `city` is where it is, as written: the police of Nevada in Nevada, Missouri, are a town's.

    A type column that contradicts the name leaves the sector undetermined, and so does a government domain of a body
    that its name calls private.
    """
    named, typed = _read_name(name, " ".join(plain(city))), _read_type(type_text)
    told = [("name", named), ("type", typed), ("level", _read_level(level_text))]
    if domain_sector:
        told.append(("e-mail domain", _Reading(domain_sector, None, None, "a government's domain")))
    sector = _agreed("sector", told)
    if sector.value is None:
        return Body(sector, Recognised(None, ""), Recognised(None, ""), _exemption(exemption_text, type_text))
    level, kind = Recognised(None, "only a government has a level"), _agreed("kind", told)
    if sector.value == Sector.GOVERNMENT:
        level = _level(_agreed("level", told) if _any_level(told) else _level_in(name, named), country)
    return Body(sector, level, kind, _exemption(exemption_text, type_text))


def _any_level(told: Sequence[tuple[str, _Reading]]) -> bool:
    return any(reading.level for _, reading in told)


def _read_level(text: str) -> _Reading:
    """The level that a column of its own names; a word it does not know says nothing."""
    word = " ".join(plain(text))
    level = "local" if word in _LOCAL_WORDS else word
    return _Reading(None, level, None, text.strip()) if level in set(GovernmentLevel) else _NOTHING


def _level_in(name: str, named: _Reading) -> Recognised:
    """The level where no word says it: a police of no state is a town's, and a `County Forest Preserve` a county's."""
    if named.presumed_level:
        return Recognised(named.presumed_level, f"name: {named.words}, and no state's")
    found = sorted(_LOCAL_WORDS & set(plain(name)))
    return Recognised(
        GovernmentLevel.LOCAL.value if found else None, f"name: “{found[0]}”" if found else "no known word"
    )


def _agreed(what: str, told: Sequence[tuple[str, _Reading]]) -> Recognised:
    """The one value that all texts which say anything agree on."""
    if what == "sector" and any(reading.contradicts for _, reading in told):
        return Recognised(None, "; ".join(f"{where}: {reading.words}" for where, reading in told if reading.words))
    values = {where: getattr(reading, what) for where, reading in told if getattr(reading, what)}
    quotes = "; ".join(f"{where}: {reading.words}" for where, reading in told if where in values)
    distinct = set(values.values())
    if what == "kind" and len(distinct) > 1:
        distinct.discard(OrganisationKind.OTHER_AGENCY.value)
    if len(distinct) == 1:
        return Recognised(distinct.pop(), quotes)
    said = "; ".join(f"{where}: {reading.words}" for where, reading in told if reading.words)
    return Recognised(None, f"contradicting: {quotes}" if distinct else said or "no known word")


def _level(agreed: Recognised, country: str | None) -> Recognised:
    if country and country != "US":
        if agreed.value in (None, GovernmentLevel.FOREIGN, GovernmentLevel.LOCAL, GovernmentLevel.STATE):
            return Recognised(GovernmentLevel.FOREIGN.value, f"a government body of {country}")
        return Recognised(None, f"contradicting: {agreed.words}; country: {country}")
    if country == "US" and agreed.value == GovernmentLevel.FOREIGN:
        return Recognised(None, f"contradicting: {agreed.words}; country: US")
    return agreed


def _exemption(text: str, type_text: str) -> Recognised:
    """The exemption somebody stated; a bank's mere name shows none."""
    for where, source in (("exemption", text), ("type", type_text)):
        said = plain(source)
        if find(said, ["glba"]) or find(said, ["gramm", "leach", "bliley"]):
            return Recognised(Exemption.GLBA_INSTITUTION.value, f"{where}: GLBA")
        contractor = find(said, ["contractor"]) and (where == "exemption" or _GOVERNING & set(said))
        if contractor or find(said, ["government", "agent"]):
            return Recognised(Exemption.GOVERNMENT_CONTRACTOR.value, f"{where}: government contractor")
    return Recognised(None, "none stated")


def _read_type(text: str) -> _Reading:
    said = plain(text)
    if not said:
        return _NOTHING
    known = _types(tables.TYPES)
    alone = {**known, **_types(tables.TYPES_ALONE)}
    if " ".join(said) in _phrases(tables.LEVELS):
        return _Reading(Sector.GOVERNMENT.value, _read_level(text).level, None, text.strip())
    if " ".join(said) in alone:
        sector, level, kind = alone[" ".join(said)]
        return _Reading(sector, level, kind, text.strip())
    found = {known[phrase] for phrase in known if find(said, phrase.split())}
    sectors = {sector for sector, _, _ in found}
    if len(sectors) != 1:
        return _Reading(None, None, None, text.strip() if sectors else "", contradicts=len(sectors) > 1)
    levels, kinds = {level for _, level, _ in found if level}, {kind for _, _, kind in found if kind}
    return _Reading(sectors.pop(), _only(levels), _only(kinds), text.strip())


def _only(values: Set[str | None]) -> str | None:
    return next(iter(values)) if len(values) == 1 else None


def _read_name(name: str, city: str) -> _Reading:
    said = plain(name)
    school = any(find(said, phrase.split()) for phrase in _phrases(tables.SCHOOLS))
    hits = _longest(list(_hits(said, name)))
    government = [hit for hit in hits if hit.sector == Sector.GOVERNMENT]
    private = [hit for hit in hits if hit.sector == Sector.PRIVATE]
    quote = ", ".join(f"“{hit.phrase}”" for hit in hits)
    if government and private:
        # English puts the head last: a police credit union is a credit union. A body whose government word comes
        # after, or begins the name ("Department of ..."), is left to a person.
        last_private = max(private, key=lambda hit: hit.span[1])
        if any(hit.span[1] > last_private.span[1] or _heads(hit, said) for hit in government):
            return _Reading(None, None, None, quote, contradicts=True)
        government = []
    if private:
        return _Reading(Sector.PRIVATE.value, None, max(private, key=lambda hit: hit.span[1]).kind, quote)
    law_enforcement = OrganisationKind.LAW_ENFORCEMENT.value
    if government and school and all(hit.kind == law_enforcement for hit in government) and not _public_school(said):
        return _Reading(None, None, law_enforcement, f"{quote} of a school, public or private")

    if not government and said[:1] and said[0] in _RANKS:
        return _Reading(Sector.INDIVIDUAL.value, None, None, f"“{said[0]}”: a person")
    if not government:
        return _Reading(None, None, OrganisationKind.SCHOOL.value if school else None, "“school”" if school else "")
    levels = {_level_of(hit, said, city) for hit in government} - {None}
    presumed = GovernmentLevel.LOCAL.value if any(_of_a_town(hit) for hit in government) else None
    head = max(government, key=lambda hit: (hit.kind != OrganisationKind.OTHER_AGENCY, hit.span[1]))
    return _Reading(
        Sector.GOVERNMENT.value, _strongest(levels), head.kind, quote, presumed_level=None if levels else presumed
    )


def _of_a_town(hit: _Hit) -> bool:
    """A police of no state is a town's; so is a `Rosemont Public Safety`, and not a `Department of Public Safety`."""
    return "police" in hit.phrase.split() or (hit.phrase == "public safety" and hit.span[0] > 0)


def _public_school(said: Sequence[str]) -> bool:
    """A state's university or a district: a university with a state's name alone may be either."""
    named = " ".join(said).partition("university of ")[2]
    return bool(find(said, ["state", "university"]) or find(said, ["district"])) or any(
        named == state or named.startswith(state + " ") for state in FULL_STATE_NAMES
    )


def _heads(hit: _Hit, said: Sequence[str]) -> bool:
    return hit.span[0] == 0 and (hit.phrase.split()[-1] in _HEAD_FIRST or said[hit.span[1] : hit.span[1] + 1] == ["of"])


def _strongest(levels: set[str | None]) -> str | None:
    """One level; a federal body's name may speak of the city or state that its office is in."""
    for level in (GovernmentLevel.FEDERAL, GovernmentLevel.FOREIGN, GovernmentLevel.TRIBAL, GovernmentLevel.DEFENDER):
        if level in levels:
            return level.value if not levels & ({"federal", "foreign", "tribal"} - {level.value}) else None
    return _only(set(levels))


def _level_of(hit: _Hit, said: Sequence[str], city: str) -> str | None:
    if hit.level != "any":
        return hit.level
    if said[0] == "us":
        return GovernmentLevel.FEDERAL.value
    if _LOCAL_WORDS & set(said):
        return GovernmentLevel.LOCAL.value
    before = " ".join(said[: hit.span[0]])
    if city and before == city:
        return GovernmentLevel.LOCAL.value
    owner = before.removeprefix("university of ")
    alone_before = not before and " ".join(said[hit.span[1] :]) in state_names()
    if before in state_names() or owner in FULL_STATE_NAMES or find(said, ["state"]) or alone_before:
        return GovernmentLevel.STATE.value
    return GovernmentLevel.LOCAL.value if before in city_names() else None


def _hits(said: Sequence[str], name: str) -> Iterator[_Hit]:
    federal = False
    for phrase, (sector, level, kind) in _bodies().items():
        span = find(said, phrase.split())
        if span is not None:
            federal |= level == GovernmentLevel.FEDERAL
            yield _Hit(sector, level, kind, phrase, span)
    if not federal and said[:1] == ["us"] and set(said) & set(_FEDERAL_STARTS):
        word = next(word for word in said if word in _FEDERAL_STARTS)
        kind = OrganisationKind.OTHER_AGENCY.value
        yield _Hit(Sector.GOVERNMENT.value, "federal", kind, f"us … {word}", (0, said.index(word) + 1))
    first = segments(name)[:1]
    if first and first[0][-1:] == ["co"] and len(first[0]) > 1:
        end = len(expanded(first[0]))
        yield _Hit(Sector.PRIVATE.value, "", OrganisationKind.COMPANY.value, "co", (end - 1, end))
    if first and first[0][-1:] == ["county"] and len(first[0]) > 1:
        end = len(expanded(first[0]))
        yield _Hit(Sector.GOVERNMENT.value, "local", OrganisationKind.OTHER_AGENCY.value, "county", (end - 1, end))
    if "ICE" in name.split() and said[0] == "ice":
        yield _Hit(Sector.GOVERNMENT.value, "federal", OrganisationKind.LAW_ENFORCEMENT.value, "ICE", (0, 1))


def _longest(hits: list[_Hit]) -> list[_Hit]:
    """Without those that lie within a longer one: “state police” says more than “police”."""

    def within(inner: _Hit, outer: _Hit) -> bool:
        longer = outer.span[1] - outer.span[0] > inner.span[1] - inner.span[0]
        return longer and outer.span[0] <= inner.span[0] and inner.span[1] <= outer.span[1]

    return [hit for hit in hits if not any(within(hit, other) for other in hits)]


def _phrases(text: str) -> list[str]:
    return [phrase.strip() for line in text.strip().splitlines() for phrase in line.split("|")]


@cache
def _bodies() -> Mapping[str, tuple[str, str, str]]:
    """Each phrase with its sector, level and kind."""
    known: dict[str, tuple[str, str, str]] = {}
    for line in tables.GOVERNMENT.strip().splitlines():
        head, _, rest = line.partition(":")
        level, kind = head.split()
        known |= {_key(phrase): (Sector.GOVERNMENT.value, level, kind) for phrase in _phrases(rest)}
    for line in tables.PRIVATE.strip().splitlines():
        kind, _, rest = line.partition(":")
        known |= {_key(phrase): (Sector.PRIVATE.value, "", kind) for phrase in _phrases(rest)}
    return known


@cache
def _types(table: str) -> Mapping[str, tuple[str, str | None, str | None]]:
    known: dict[str, tuple[str, str | None, str | None]] = {}
    for line in table.strip().splitlines():
        head, _, rest = line.partition(":")
        sector, level, kind = (None if part == _UNTOLD else part for part in head.split())
        known |= {_key(phrase): (str(sector), level, kind) for phrase in _phrases(rest)}
    return known


def _key(phrase: str) -> str:
    return " ".join(expanded(phrase.split()))


@cache
def city_names() -> frozenset[str]:
    """The cities whose bare name says the state."""
    return frozenset(entry.split(" ", 1)[1] for entry in tables.CITIES.strip().replace("\n", "|").split("|"))


@cache
def state_names() -> frozenset[str]:
    """The names of the states of the USA in plain words, and their abbreviations of more than two letters."""
    return frozenset(_abbreviations()) | frozenset(FULL_STATE_NAMES)


@cache
def _abbreviations() -> Iterable[str]:
    return frozenset(
        short for entry in tables.STATE_WORDS.replace("\n", "|").split("|") for short in entry.split()[1:] if short
    )


FULL_STATE_NAMES = frozenset(tables.STATES.replace("\n", "|").strip("|").split("|"))
"""The states' full names."""
