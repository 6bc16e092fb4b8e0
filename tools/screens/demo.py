"""The demo of the pictures: its people, and all that is done in it, through the same services as anywhere, before them.

Never run on an installation in use: cases, requests, letters and a takedown are added to it.
"""

from __future__ import annotations

import io
import json
import re
import zipfile
from email import message_from_bytes, policy
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from PIL import Image

from facewarden.bootstrap.installation import Installation
from facewarden.domain.accounts import Actor, Role, Scope
from facewarden.domain.customers import ApplicationForm
from facewarden.domain.examinations import Comparison, Conclusion, Finding
from facewarden.domain.ids import FaceNumber
from facewarden.domain.photos import OfferedFile
from facewarden.domain.requests import Channel, PersonRequest, RequestKind
from facewarden.domain.searches import ProbeKind, ProbeOrigin
from facewarden.domain.sources import LegalBasis, Source, SourceKind
from facewarden.domain.uploads import Upload
from facewarden.services.taking_out.request_form import RequestForm
from facewarden.testing.population.people import Population

ORIGIN = ProbeOrigin(ProbeKind.VIDEO_STILL, "attested by whoever sent it")
SAME = Comparison(
    {"ears": Finding.SIMILAR, "nose": Finding.SIMILAR, "scars": Finding.NOT_COMPARABLE},
    "The same fold behind the left ear.",
    Conclusion.SUPPORTS_SAME,
)
OTHER = Comparison({"ears": Finding.DIFFERENT}, "", Conclusion.SUPPORTS_DIFFERENT)
APPLICATION = {
    "name": "Alderford Police Department",
    "sector": "government",
    "level": "local",
    "kind": "law_enforcement",
    "place": "US-IN",
    "contact_name": "Robin Vale",
    "contact_email": "robin.vale@alderford.example.org",
    "administrator_name": "Kim Weir",
    "overseer_name": "Lee Marsh",
    "purpose": "Felonies in the town.",
}
RECEIPT_CHECK = Path(str(files("facewarden.web") / "static" / "receipt-check.html"))
"""Which people open from their own disk."""
LETTER = b"Take down everything that you have of gazette.example.com.\n"
SECRETS = {"token": r"Confirmation code: (\S+)", "code": r"Tracking code: (\S+)"}
OWNER_OF_A_KEY = "keyholder"
"""Who signs in with a second step."""


class _Photos:
    """Photos, offered as one source would."""

    def __init__(self, files: list[OfferedFile]) -> None:
        self._files = files

    def count(self) -> int:
        return len(self._files)

    def read(self) -> list[OfferedFile]:
        return self._files


class Demo:
    """The demo's installation and its people; `tell` does in it what the pages are to show."""

    def __init__(self, house: Installation, data: Path) -> None:
        self.house, self.data = house, data
        self.passwords = {row["name"]: row["password"] for row in json.loads((data / "demo-sign-ins.json").read_text())}
        self.actors: dict[str, Actor] = {}
        folder = house.settings.models_dir.parent / "population"
        self.population = Population(2026, folder / "data", folder / "pictures")
        self.probes = sorted((data / "probes").glob("*.jpg"))

    def actor(self, name: str) -> Actor:
        if name not in self.actors:
            sign_in = self.house.sign_in
            self.actors[name] = sign_in.actor_of(sign_in.sign_in(name, self.passwords[name]))
        return self.actors[name]

    @cached_property
    def photo(self) -> Path:
        """A photo of nobody in the gallery."""
        path = self.data / "unknown.jpg"
        path.write_bytes(self.population.photo(207, 0).content)
        return path

    @cached_property
    def letter(self) -> Path:
        path = self.data / "letter.txt"
        path.write_bytes(LETTER)
        return path

    def tell(self) -> dict[str, str]:
        """What the addresses of the pages are made of, once it has happened."""
        told = self._people() | self._casework() | self._requests() | self._collecting()
        source, body = self.house.sources.all()[0], self.actor("investigator").organisation
        return told | {
            "source": source.source_id,
            "body": body.organisation_id,
            "user": self.actor("examiner").user.user_id,
        }

    # -- people ----------------------------------------------------------------------------------------------

    def _people(self) -> dict[str, str]:
        house, administrator, operator = self.house, self.actor("administrator"), self.actor("operator")
        body = administrator.organisation
        until = house.clock.now().replace(year=house.clock.now().year + 1, day=1)
        made = {
            name: house.accounts.add_user(administrator, body, name, shown, [Role.INVESTIGATOR], None, until).user_id
            for name, shown in (("newcomer", "Noor Wren"), ("invited", "Ivo Ashdown"))
        }
        self.passwords[OWNER_OF_A_KEY] = "four-plain-words-here"
        house.accounts.add_user(
            operator, body, OWNER_OF_A_KEY, "Tess Harrow", [Role.INVESTIGATOR], self.passwords[OWNER_OF_A_KEY], until
        )
        house.people.api_keys.make(
            self.actor("investigator"), "Evidence desk", "Fills cases from the evidence system", [Scope.CASES], 90
        )
        return {
            "invited": made["invited"],
            "welcome": house.people.welcome.invite(administrator, made["newcomer"]),
            "application": house.people.applying.apply(ApplicationForm(**APPLICATION)),
        }

    # -- casework --------------------------------------------------------------------------------------------

    def _search(self, case_id: str, content: bytes) -> str:
        house, actor = self.house, self.actor("investigator")
        case = house.cases.find(actor, case_id)
        probe = house.search.upload(actor, case, content, ORIGIN)
        return house.search.run_uploaded(actor, case, probe.probe_id, 1, 10).record.search_id

    def _casework(self) -> dict[str, str]:
        house, first, second = self.house, self.actor("investigator"), self.actor("examiner")
        case = next(case for case in house.cases.list(first) if case.offence)
        group = house.search.upload(first, case, self.population.group_photo([1, 5, 9]).content, ORIGIN)
        searches = [self._search(case.case_id, probe.read_bytes()) for probe in self.probes[:4]]
        found = [search for search in searches if house.viewing.search(first, search)[0].candidates]
        nobody = self._search(case.case_id, self.photo.read_bytes())
        examining = house.casework.examining
        leads = [examining.first(first, search, 1, SAME) for search in found[:3]]
        for lead in leads[:2]:
            examining.begin_second(second, lead.lead_id)
            places = {place.place: SAME if place.real else OTHER for place in lead.lineup}
            examining.conclude_second(second, lead.lead_id, places)
        examining.begin_second(second, leads[2].lead_id)
        reporting = house.casework.reporting
        for lead in leads[:2]:
            reporting.lead_report(first, lead.lead_id, "County prosecutor", "leads@prosecutor.example.org")
        reporting.refute(first, leads[1].lead_id, "In custody elsewhere on that day.")
        record, _ = house.viewing.search(first, found[0])
        return {
            "case": case.case_id,
            "probe": group.probe_id,
            "search": found[0],
            "nobody": nobody,
            "agreed": leads[0].lead_id,
            "refuted": leads[1].lead_id,
            "at_work": leads[2].lead_id,
            "at_work_search": leads[2].search_id,
            "photo": record.candidates[0].photo_id,
        }

    # -- the people in the photos ----------------------------------------------------------------------------

    def _asked(self, number: int, kind: RequestKind, *, confirmed: bool = True) -> PersonRequest:
        """A person's request, its address confirmed by what the letter in the outbox says."""
        intake = self.house.request_desk.intake
        form = RequestForm(kind, place="US-IL", email=f"p{number}@example.org", notice_given=True, released=True)
        made = intake.submit([self.probes[number].read_bytes()], form, channel=Channel.WEB, client=None)
        if made is None:
            raise SystemExit("The demo is not fresh: this request is open already.")
        if not confirmed:
            return made
        return intake.confirm(made.request_id, self._letter_to(made.request_id, "token"), client=None)

    def _letter_to(self, request_id: str, secret: str) -> str:
        """The token or the code of a request, as its sender reads it in the letter."""
        for path in sorted((self.house.settings.data_dir / "outbox").rglob("*.eml")):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            body = message.get_body()
            text = body.get_content() if body else ""
            found = re.search(SECRETS[secret], text)
            if request_id in text and found:
                return found[1]
        raise SystemExit(f"No letter of the outbox holds the {secret} of {request_id}.")

    def _requests(self) -> dict[str, str]:
        desk, officer = self.house.request_desk, self.actor("privacy")
        gone = self._asked(8, RequestKind.TAKE_OUT)
        desk.opt_out.record_identity(officer, gone.request_id, "in_person")
        review = desk.looking.review(officer, gone.request_id)
        desk.opt_out.record_cases_asked(officer, gone.request_id)
        erased = [each.face_number for each in review.candidates[:2]]
        desk.opt_out.approve(officer, gone.request_id, erased)
        self._found_again(erased)
        waiting, told = self._asked(6, RequestKind.TAKE_OUT), self._asked(7, RequestKind.ACCESS)
        unconfirmed = self._asked(9, RequestKind.ACCESS, confirmed=False)
        receipt = self.data / "receipt.json"
        closed = desk.looking.find(officer, gone.request_id)
        receipt.write_text(json.dumps(desk.telling.receipt_of(closed), indent=1))
        return {
            "receipt": str(receipt),
            "receipt_check": RECEIPT_CHECK.as_uri(),
            "request": waiting.request_id,
            "access": told.request_id,
            "closed": gone.request_id,
            "closed_code": self._letter_to(gone.request_id, "code"),
            "face": str(desk.looking.review(officer, waiting.request_id).candidates[0].face_number),
            "unconfirmed": unconfirmed.request_id,
            "token": self._letter_to(unconfirmed.request_id, "token"),
        }

    def _found_again(self, erased: list[FaceNumber]) -> None:
        """Two nights that find a key there again, as an old copy of the keys would bring it; one is looked into."""
        house, officer = self.house, self.actor("privacy")
        for number in erased:
            house.vault.create_many([int(number)])
            house.taking_out.nightly_probe.run(house.clock.now())
        house.taking_out.incidents.close(officer, house.taking_out.incidents.all(officer)[-1].incident_id)

    # -- collecting ------------------------------------------------------------------------------------------

    def _drawn(self, people: range, photo: int, host: str) -> list[OfferedFile]:
        drawn = [self.population.photo(person, photo) for person in people]
        return [
            OfferedFile(f"{each.person_id}.jpg", each.content, f"https://{host}/{each.person_id}") for each in drawn
        ]

    def _opened(self, name: str, host: str, kind: SourceKind = SourceKind.FILES) -> Source:
        operator, sources = self.actor("operator"), self.house.sources
        paper = b"Generated pictures; nobody in them exists.\n"
        made = sources.add(operator, name, LegalBasis.LICENCE, "desk@example.com", "US", (host,), paper, kind=kind)
        return sources.approve(self.actor("privacy"), made.name)

    def _collecting(self) -> dict[str, str]:
        house, operator, officer = self.house, self.actor("operator"), self.actor("privacy")
        self._opened("Town news", "news.example.com", SourceKind.WEBSITE)
        gazette, press = self._opened("Harbour Gazette", "gazette.example.com"), house.sources.named("Press archive")
        taken = self._drawn(range(30, 33), 3, "gazette.example.com")
        house.ingest.run(operator, gazette, _Photos(taken))
        site = "https://press.example.net"
        copied = [OfferedFile(each.name, _saved_again(each.content), f"{site}/{each.name}") for each in taken]
        house.ingest.run(operator, press, _Photos(copied))
        letters = house.source_desk.takedowns
        dry = letters.dry_run(officer, "gazette.example.com", LETTER)
        followed = letters.carry_out(officer, "gazette.example.com", LETTER, [], dry.code)

        offered = [Upload(each.name, each.content) for each in self._drawn(range(20, 26), 3, "press.example.net")]
        offered += [Upload("minutes.jpg", b"no photo"), Upload("gone.zip", _zip({"a.jpg": copied[0].content}))]
        whole = house.ways_in.uploading.begin(operator, press, offered)
        while house.ways_in.work_left_alone(lambda: False):
            pass
        halted = house.ways_in.uploading.begin(operator, press, offered[:3])
        house.ways_in.collecting.pause(operator, halted.job_id)
        return {"takedown": followed.takedown_id, "collection": whole.job_id, "paused": halted.job_id}


def _saved_again(content: bytes) -> bytes:
    """The same picture in other bytes, as a site would have copied it."""
    made = io.BytesIO()
    Image.open(io.BytesIO(content)).save(made, "JPEG", quality=70)
    return made.getvalue()


def _zip(files: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return made.getvalue()
