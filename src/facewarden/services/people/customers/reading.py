"""One row of a customer list read: what body it is and where, each with the words that told it.

Never fills a gap: what the row does not tell is undetermined, and two things that contradict each other are too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from facewarden.domain.accounts import Exemption, GovernmentLevel, OrganisationKind, Sector
from facewarden.law.placenames import PlaceNames
from facewarden.services.people.customers.classification import Recognised, classify
from facewarden.services.people.customers.domains import read_domain, suits
from facewarden.services.people.customers.location import Columns, Locator
from facewarden.services.people.customers.sheet import Fault, Row

EMAIL = "email"


@dataclass(frozen=True, slots=True)
class Customer:
    """One row as understood. `recognised` has `sector`, `level`, `kind`, `place`, `office_place`, `exemption`."""

    line: int
    name: str
    reference: str
    email: str
    contact: str
    recognised: Mapping[str, Recognised]

    @property
    def sector(self) -> Sector | None:
        value = self.recognised["sector"].value
        return Sector(value) if value else None

    @property
    def level(self) -> GovernmentLevel | None:
        value = self.recognised["level"].value
        return GovernmentLevel(value) if value else None

    @property
    def kind(self) -> OrganisationKind | None:
        value = self.recognised["kind"].value
        return OrganisationKind(value) if value else None

    @property
    def exemption(self) -> Exemption | None:
        value = self.recognised["exemption"].value
        return Exemption(value) if value else None

    @property
    def place(self) -> str | None:
        return self.recognised["place"].value

    @property
    def office_place(self) -> str | None:
        return self.recognised["office_place"].value

    @property
    def undetermined(self) -> tuple[str, ...]:
        """What could not be told and a rule may ask for."""
        wanted = ["sector", "place"] + (["level"] if self.sector is Sector.GOVERNMENT else [])
        wanted += ["office_place"] if self.level is GovernmentLevel.FEDERAL else []
        return tuple(name for name in wanted if self.recognised[name].value is None)


class Reader:
    """Reads rows by one table of place names."""

    def __init__(self, names: PlaceNames) -> None:
        self._names = names
        self._locator = Locator(names)

    def read(self, row: Row) -> Customer | Fault:
        """The customer of that row, or what is wrong with its e-mail address."""
        cells = row.cells
        base = self._columns(cells["city"], cells["state"], cells["country"], cells["location"])
        country = self._locator.country(base)
        domain = read_domain(cells[EMAIL], self._names)
        if domain.problem:
            return Fault(row.line, EMAIL, domain.problem)
        if not suits(domain.place, country):
            return Fault(row.line, EMAIL, f"a domain of the government of {domain.place}, and the row says {country}")
        proven = Sector.GOVERNMENT.value if domain.place else None
        body = classify(cells["name"], cells["type"], cells["level"], cells["exemption"], proven, country, base.city)
        office = self._columns(cells["office_city"], cells["office_state"], cells["office_country"], cells["office"])
        federal = body.level.value == GovernmentLevel.FEDERAL
        private = body.sector.value == Sector.PRIVATE
        if federal:
            place, office_place = self._federal(cells["name"], base, office)
        else:
            foreign = body.level.value == GovernmentLevel.FOREIGN
            place = self._base(cells["name"], base, domain.place, private, foreign)
            if place.value is None and base == Columns() and body.level.value == GovernmentLevel.STATE:
                place = self._locator.state_in_name(cells["name"])
            if place.value is None and base == Columns() and foreign:
                place = self._locator.country_in_name(cells["name"])
            office_place = Recognised(None, "one office: the base")
            if office != Columns():
                office_place = self._locator.columns(office)
        told = {
            "sector": body.sector,
            "level": body.level,
            "kind": body.kind,
            "exemption": body.exemption,
            "place": place,
            "office_place": office_place,
        }
        return Customer(row.line, cells["name"], cells["reference"], cells[EMAIL], cells["contact"], told)

    def _columns(self, city: str, state: str, country: str, written: str) -> Columns:
        """The place columns, or what a place written in one cell amounts to where they are empty."""
        given = Columns(city, state, country)
        if given == Columns():
            return self._locator.parted(written)
        return given if state else self._locator.with_state_out_of_city(given)

    def _base(self, name: str, columns: Columns, domain_place: str | None, private: bool, foreign: bool) -> Recognised:
        locator = self._locator
        given, appended, spoken = locator.columns(columns), locator.appended(name), locator.spoken(name)
        if private and given.value:
            spoken = Recognised(None, "")  # a company named after a city may be based anywhere
        if foreign:
            spoken = Recognised(None, "")  # Georgia is a country there, and no state
        proven = Recognised(domain_place if domain_place and "-" in domain_place else None, "e-mail domain")
        return _one_place([given, appended, spoken, proven], given)

    def _federal(self, name: str, base: Columns, office: Columns) -> tuple[Recognised, Recognised]:
        locator = self._locator
        given, in_name = locator.columns(base), locator.office_in_name(name)
        if in_name.value is None:
            in_name = _one_place([locator.appended(name), locator.spoken(name), locator.city(name)], in_name)
        place = given if given.value else Recognised("US", "a federal body, based in the USA")
        if office != Columns():
            return place, locator.columns(office)
        return place, in_name if in_name.value else given


def _one_place(told: Sequence[Recognised], otherwise: Recognised) -> Recognised:
    """The place that all of them which name one agree on; a country agrees with its own parts."""
    named = [place for place in told if place.value]
    values = {str(place.value) for place in named}
    parts = {value for value in values if "-" in value}
    if parts:
        values -= {value.partition("-")[0] for value in parts}
    words = "; ".join(place.words for place in named)
    if len(values) == 1:
        return Recognised(values.pop(), words)
    return Recognised(None, f"contradicting: {words}") if values else otherwise
