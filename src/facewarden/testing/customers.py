"""A made-up customer list in the proportions that the press reported of the stolen one, with the answers known.

2,228 entities, 46 financial institutions, 105 in Illinois; what else there is of each kind is chosen here. Towns and
companies are invented; agencies carry the names that such agencies carry. The answers are written down from what each
entity was made as, never from what the program reads back out of its name.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

SIZE, IN_ILLINOIS, FINANCIAL = 2_228, 105, 46  # as reported in February and May 2020
COUNTS = {  # kind: (all, those in Illinois)
    "police": (1_150, 50),
    "sheriff": (270, 10),
    "state": (150, 6),
    "federal": (110, 9),
    "prosecutor": (90, 8),
    "defender": (6, 1),
    "local": (60, 5),
    "foreign": (60, 0),
    "tribal": (12, 0),
    "school_district": (40, 3),
    "private_school": (16, 1),
    "bank": (FINANCIAL, 4),
    "company": (196, 8),
    "individual": (22, 0),
}
HEADINGS = ("Account Name", "Account Type", "Billing City", "Billing State", "Billing Country", "Email", "Exemption")
STATES = {
    "OH": ("Ohio", "Ohio"),
    "TX": ("Texas", "Tex."),
    "NJ": ("New Jersey", "N.J."),
    "FL": ("Florida", "Fla."),
    "IN": ("Indiana", "Ind."),
    "MO": ("Missouri", "Mo."),
    "WI": ("Wisconsin", "Wis."),
    "NC": ("North Carolina", "N.C."),
    "CA": ("California", "Calif."),
    "OR": ("Oregon", "Ore."),
    "GA": ("Georgia", "Ga."),
    "WA": ("Washington", "Wash."),
    "VA": ("Virginia", "Va."),
    "IA": ("Iowa", "Iowa"),
}
ILLINOIS = ("IL", "Illinois", "Ill.")
CITIES = {"TX": "Houston", "WA": "Seattle", "FL": "Miami", "CA": "Los Angeles", "IL": "Chicago", "GA": "Atlanta"}
COUNTRIES = ("Canada", "Ukraine", "Sweden", "Belgium", "Brazil", "United Kingdom", "Australia", "Croatia", "France")
_FIRST = [
    "Alder",
    "Bram",
    "Cold",
    "Dun",
    "Elm",
    "Fen",
    "Gray",
    "Hazel",
    "Iron",
    "Juniper",
    "Kestrel",
    "Lark",
    "Mar",
    "Nor",
    "Oak",
    "Penn",
    "Quill",
    "Rush",
    "Stone",
    "Thorn",
    "Wil",
]
_LAST = [
    "bridge",
    "brook",
    "bury",
    "cliff",
    "combe",
    "dale",
    "field",
    "ford",
    "gate",
    "ham",
    "haven",
    "hurst",
    "ley",
    "mere",
    "mont",
    "moor",
    "rock",
    "stead",
    "ton",
    "wick",
    "wood",
]


@dataclass(frozen=True, slots=True)
class Answer:
    """Whether each document ends the account: the filing, the order while its five years run, and the day after."""

    filing: bool
    order: bool
    day_after: bool


@dataclass(frozen=True, slots=True)
class MadeUp:
    """One line of the list with its answer. `kind` is a key of `COUNTS`, `illinois` whether it is there."""

    kind: str
    illinois: bool
    cells: tuple[str, ...]
    answer: Answer

    @property
    def name(self) -> str:
        return self.cells[0]


def made_up_customers(seed: int = 2_228) -> tuple[MadeUp, ...]:
    """The list of `SIZE`, in an order of chance; the same for the same seed."""
    draw = random.Random(seed)
    towns = [first + last for first in _FIRST for last in _LAST]
    draw.shuffle(towns)
    made = [customer for kind in COUNTS for customer in _of_kind(kind, draw, towns)]
    draw.shuffle(made)
    return tuple(made)


def as_csv(customers: Sequence[MadeUp]) -> bytes:
    """The list as a sales system exports it: UTF-8 with a mark at its start, CRLF."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(HEADINGS)
    writer.writerows(customer.cells for customer in customers)
    return out.getvalue().encode("utf-8-sig")


def _of_kind(kind: str, draw: random.Random, towns: Sequence[str]) -> Iterator[MadeUp]:
    count, in_illinois = COUNTS[kind]
    for number in range(count):
        illinois = number < in_illinois
        code = draw.choice(sorted(STATES))
        state = ILLINOIS if illinois else (code, *STATES[code])
        yield _MAKERS[kind](draw, draw.choice(towns), state, illinois, number)


State = tuple[str, str, str]
Maker = Callable[[random.Random, str, State, bool, int], MadeUp]


def _placed(draw: random.Random, name: str, town: str, state: State) -> tuple[str, str, str, str]:
    """The name and the three place columns, in one of the ways in which people tell a place."""
    code, full, short = state
    return (
        (name, town, code, "USA"),
        (name, town, full, "United States"),
        (name, town, short, ""),
        (name, "", code.lower(), "us"),
        (name, town.upper(), full.upper(), "UNITED STATES OF AMERICA"),
        (f"{name}, {code}", "", "", ""),
        (f"{name} ({short})", "", "", "U.S.A."),
        (f"{name} - {full}", town, "", "US"),
        (name, town, f"State of {full}", "U.S."),
        (f"  {name} ", f" {town}", f"{code} ", "USA"),
    )[draw.randrange(10)]


def _one(
    kind: str, illinois: bool, place: tuple[str, str, str, str], type_text: str, answer: Answer, exemption: str = ""
) -> MadeUp:
    name, city, state, country = place
    return MadeUp(kind, illinois, (name, type_text, city, state, country, "", exemption), answer)


def _governed(illinois: bool) -> Answer:
    """A government body that is not federal: only Illinois ends it, and the order for five years alone."""
    return Answer(illinois, illinois, False)


_PRIVATE_ENDS = Answer(True, True, True)


def _maker(kind: str, names: Sequence[str], types: Sequence[str]) -> Maker:
    """Makes government bodies of one kind, their names written in every one of these ways in turn."""

    def make(draw: random.Random, town: str, state: State, illinois: bool, number: int) -> MadeUp:
        code, full, short = state
        name = names[number % len(names)].format(town=town, upper=town.upper(), code=code, full=full, short=short)
        return _one(kind, illinois, _placed(draw, name, town, state), draw.choice(types), _governed(illinois))

    return make


def _federal(draw: random.Random, town: str, state: State, illinois: bool, number: int) -> MadeUp:
    """A federal office: the order leaves it, the filing ends it in Illinois as long as nobody has set otherwise."""
    agency = _FEDERAL[number % len(_FEDERAL)]
    code, full, _ = state
    city = CITIES.get(code)
    if city and draw.random() < 0.5:
        ways = (f"{agency} – {city} Field Office", f"{agency}, {city} Division", f"{agency} - {city} Office")
        place = (draw.choice(ways), "", "", draw.choice(("", "USA")))
    else:
        place = (agency, city or town, draw.choice((code, full)), "United States")
    return _one("federal", illinois, place, draw.choice(_TYPES_FEDERAL), Answer(illinois, False, False))


def _foreign(draw: random.Random, town: str, state: State, illinois: bool, number: int) -> MadeUp:
    name = _FOREIGN[number % len(_FOREIGN)].format(town=town)
    country = COUNTRIES[number % len(COUNTRIES)]
    return _one(
        "foreign", False, (name, town, "", country), draw.choice(("Foreign Government", "Police", "")), _governed(False)
    )


def _bank(draw: random.Random, town: str, state: State, illinois: bool, number: int) -> MadeUp:
    """A financial institution. Every second one showed that the GLBA applies to it: the order's exception."""
    exempt = number % 2 == 0
    name = _BANKS[number % len(_BANKS)].format(town=town)
    answer = Answer(True, illinois or not exempt, not exempt)
    shown = draw.choice(("GLBA", "BIPA 25(c), GLBA institution")) if exempt else ""
    return _one(
        "bank", illinois, _placed(draw, name, town, state), draw.choice(("Bank", "Financial", "")), answer, shown
    )


def _private(kind: str, names: Sequence[str], types: Sequence[str]) -> Maker:
    def make(draw: random.Random, town: str, state: State, illinois: bool, number: int) -> MadeUp:
        name = names[number % len(names)].format(town=town, upper=town.upper())
        return _one(kind, illinois, _placed(draw, name, town, state), draw.choice(types), _PRIVATE_ENDS)

    return make


_POLICE = [
    "{town} Police Department",
    "{town} PD",
    "{upper} POLICE DEPT",
    "Police Dept. of {town}",
    "{town} P.D.",
    "City of {town} Police",
    "Town of {town} Police Dept",
    "{town} Division of Police",
    "{town} Bureau of Police",
    "The {town} Police Department",
    "{town}  Police   Department",
    "{town} Police Department – Detectives",
    "{town} Pol. Dept.",
    "{town} Municipal Police",
    "Village of {town} Police Department",
    "{town} Metro Police",
    "{town} Police Dept. (Records)",
    "{town} Township Police",
    "{upper} PD",
    "{town} Police Force",
    "{town} Transit Police",
    "{town} Department of Public Safety/Police",
]
_SHERIFFS = [
    "{town} County Sheriff's Office",
    "{town} County Sheriff’s Dept.",
    "{town} Co. Sheriff",
    "{town} County SO",
    "Sheriff of {town} County",
    "{upper} COUNTY SHERIFF",
    "{town} Cnty Sheriffs Office",
    "Office of the Sheriff, {town} County",
    "{town} County Jail",
]
_STATE = [
    "{full} State Police",
    "{short} State Police",
    "{full} Dept. of Corrections",
    "{full} Highway Patrol",
    "{full} Attorney General's Office",
    "State of {full}, Secretary of State",
    "{full} Department of Public Safety",
    "{full} Bureau of Investigation",
    "Office of the Attorney General of {full}",
    "{full} Fusion Center",
    "{short} Dept of Revenue",
    "{full} State Patrol",
]
_FEDERAL = [
    "FBI",
    "Federal Bureau of Investigation",
    "US Dept of Justice",
    "U.S. Department of Homeland Security",
    "DEA",
    "U.S. Secret Service",
    "Immigration and Customs Enforcement",
    "Homeland Security Investigations",
    "U.S. Marshals Service",
    "US Attorney's Office",
    "ATF",
    "U.S. Customs & Border Protection",
    "US Postal Inspection Service",
    "United States Coast Guard",
    "DHS",
]
_TYPES_FEDERAL = ("Federal Government", "Federal Law Enforcement", "Law Enforcement", "")
_PROSECUTORS = [
    "{town} County District Attorney",
    "State's Attorney, {town} County",
    "{town} County State’s Attorney's Office",
    "{town} County Prosecuting Attorney",
    "District Attorney's Office of {town} County",
    "{town} City Attorney",
]
_LOCAL = [
    "City of {town}",
    "Village of {town}",
    "{town} Park District",
    "{town} Housing Authority",
    "{town} Transit Authority",
    "County of {town}",
    "{town} Fire Department",
    "{town} Public Library",
    "Town of {town}",
    "{town} County Government",
]
_FOREIGN = [
    "Ministry of Interior",
    "Ministry of Defence",
    "{town} Police Service",
    "National Police",
    "Policía Nacional",
    "Ministère de l'Intérieur",
    "Federal Police",
    "{town} Constabulary",
    "Ministry of Foreign Affairs",
    "Government of the Region of {town}",
]
_SCHOOL_DISTRICTS = [
    "{town} School District 12",
    "{town} Unified School District",
    "{town} Public Schools",
    "{town} Sch. Dist.",
]
_BANKS = [
    "First Bank of {town}",
    "{town} Savings & Loan",
    "{town} Credit Union",
    "{town} Police Federal Credit Union",
    "{town} National Bank",
    "{town} Trust Company",
    "Bank & Trust of {town}",
    "{town} County Federal Savings",
    "{town} Teachers CU",
    "{town} Bancorp",
]
_COMPANIES = [
    "{town} Stores Inc.",
    "{town} Toys, LLC",
    "{town} Casino & Resort",
    "{town} Supermarkets",
    "Sheriff's Discount Liquors",
    "{town} Electronics",
    "{town} Mall",
    "Federal Couriers Ltd.",
    "{town} Security Services",
    "County Line Grocery",
    "{town} Pharmacy",
    "{town} Hotels Corp",
    "Police Supply Co.",
    "{upper} FITNESS",
    "{town} Department Stores",
    "State Street Outfitters",
    "{town} Realty",
    "City Market of {town}",
    "{town} Private Investigators",
    "{town} Insurance Group",
    "Fraternal Order of Police Lodge 7",
    "{town} Entertainment",
    "{town} Airlines",
]
_LAW = ("Law Enforcement", "Police", "law enforcement", "LE", "Local Government", "Gov", "")
_MAKERS: dict[str, Maker] = {
    "police": _maker("police", _POLICE, _LAW),
    "sheriff": _maker("sheriff", _SHERIFFS, _LAW),
    "state": _maker("state", _STATE, ("State Government", "State Agency", "Government", "")),
    "federal": _federal,
    "prosecutor": _maker("prosecutor", _PROSECUTORS, ("Prosecutor", "Government", "")),
    "defender": _maker("defender", ("{town} County Public Defender", "Public Defender's Office, {town} County"), ("",)),
    "local": _maker("local", _LOCAL, ("Local Government", "Municipality", "Government", "")),
    "foreign": _foreign,
    "tribal": _maker(
        "tribal", ("{town} Nation Police", "{town} Tribal Police Dept.", "{town} Tribal Council"), ("Tribal", "")
    ),
    "school_district": _maker("school_district", _SCHOOL_DISTRICTS, ("Education", "School District", "Government")),
    "private_school": _private("private_school", ("{town} Academy", "{town} College"), ("Private School",)),
    "bank": _bank,
    "company": _private("company", _COMPANIES, ("Retail", "Commercial", "Private Company", "")),
    "individual": _private("individual", ("Dana {town}", "R. {town}"), ("Individual", "Private person", "personal")),
}
