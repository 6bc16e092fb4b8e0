"""The demo installation: generated people, two sources, and a throw-away sign-in for each kind of user.

Never used for anything real: its passwords lie beside its data so that a second run can print them again.
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterable
from pathlib import Path

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TaskProgressColumn, TextColumn, TimeRemainingColumn

from facewarden.adapters.identity_file import read_identity
from facewarden.bootstrap import opening
from facewarden.bootstrap.installation import Installation
from facewarden.bootstrap.law import IDENTITY_FILE
from facewarden.cli.console import Context
from facewarden.cli.passwords import new_password
from facewarden.domain.accounts import Actor, GovernmentLevel, Role, Sector
from facewarden.domain.audit import AuditEvent
from facewarden.domain.cases import CaseBasis, Purpose, SoughtFor
from facewarden.domain.photos import OfferedFile
from facewarden.domain.sources import LegalBasis
from facewarden.errors import UnavailableError
from facewarden.services.casework.cases import Stated
from facewarden.services.collecting.intake_report import IngestReport
from facewarden.settings import Settings
from facewarden.testing.population.people import Population

SEED = 2026
PHOTOS_EACH = 2  # enrolled; a third photo of some people lies in the probes folder, to search with
PROBES = 12
NAME = "facewarden-demo"
"""The demo installation's name: by it an unfinished one is known again."""
SIGN_INS = "demo-sign-ins.json"
PROBE_FOLDER = "probes"
AGENCY = "Rivermouth Police Department"
USERS = (
    ("investigator", Role.INVESTIGATOR),
    ("examiner", Role.EXAMINER),
    ("administrator", Role.ORG_ADMINISTRATOR),
    ("privacy", Role.PRIVACY_OFFICER),
    ("overseer", Role.OVERSEER),
    ("auditor", Role.AUDITOR),
)
PERMISSION = "Demo permission: these pictures are drawn by the program; nobody in them exists.\n"

SignIns = list[dict[str, str]]


def prepare(context: Context, settings: Settings, people: int) -> SignIns:
    """The sign-ins of the demo under `settings.data_dir`, which is made unless it is whole already."""
    kept = settings.data_dir / SIGN_INS
    if kept.exists():
        _bring_up(context, settings)
        sign_ins: SignIns = json.loads(kept.read_text("utf-8"))
        return sign_ins
    identity = settings.data_dir / IDENTITY_FILE
    # Made anew only if a demo was begun here: of any other installation nothing is ever thrown away.
    if identity.exists() and read_identity(identity)["name"] == NAME:
        click.echo("The demo was not finished last time; making it anew.", err=True)
        shutil.rmtree(settings.data_dir)
    passwords = {name: new_password() for name in ("operator", *(name for name, _ in USERS))}
    opening.create_installation(settings, NAME, "Demo operations", "operator", passwords["operator"], place="US-OR")
    installation = context.installation()
    _fill(installation, passwords, people)
    sign_ins = [{"role": "operator", "name": "operator", "password": passwords["operator"]}]
    sign_ins += [{"role": role.value, "name": name, "password": passwords[name]} for name, role in USERS]
    unfinished = kept.with_suffix(".tmp")
    with os.fdopen(os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
        json.dump(sign_ins, file)
    unfinished.rename(kept)  # last, so that its presence says that the demo is whole
    return sign_ins


def _bring_up(context: Context, settings: Settings) -> None:
    """A demo that an older version made is made to fit this one, without a backup: nothing in it is anybody's."""
    try:
        context.installation()
    except UnavailableError as error:
        if error.code != "records_not_migrated":
            raise
        opening.migrate_installation(settings)


def _fill(installation: Installation, passwords: dict[str, str], people: int) -> None:
    operator = installation.sign_in.actor_of(installation.sign_in.sign_in("operator", passwords["operator"]))
    agency = installation.accounts.add_organisation(operator, AGENCY, Sector.GOVERNMENT, GovernmentLevel.LOCAL, "US-WA")
    trained_until = installation.clock.now().replace(year=installation.clock.now().year + 1, day=1)
    for name, role in USERS:
        installation.accounts.add_user(operator, agency, name, "", [role], passwords[name], trained_until)
    privacy = installation.sign_in.actor_of(installation.sign_in.sign_in("privacy", passwords["privacy"]))
    _collect(installation, operator, privacy, people)
    investigator = installation.sign_in.actor_of(
        installation.sign_in.sign_in("investigator", passwords["investigator"])
    )
    missing = Stated("", SoughtFor.NEED, CaseBasis.CONSENT, "Report of the family, page 3")
    robbery = Stated("120", SoughtFor.CONDUCT, CaseBasis.STATUTE, "RCW 9A.56.200", None, None, True)
    for case in (
        installation.cases.open(investigator, "2026-004711", Purpose.FIND_MISSING_PERSON, "", missing),
        installation.cases.open(
            investigator, "2026-004823", Purpose.INVESTIGATE_CRIME, "Robbery in the first degree", robbery
        ),
    ):
        installation.cases.add_member(investigator, case, "examiner")  # who can be second to the investigator
    installation.gate.note(AuditEvent.DEMO_CREATED, actor=None, subject=installation.installation_id)


class _Drawn:
    """Photos of generated people, offered as one source would."""

    def __init__(self, population: Population, wanted: list[tuple[int, int]]) -> None:
        self._population = population
        self._wanted = wanted

    def count(self) -> int:
        return len(self._wanted)

    def read(self) -> Iterable[OfferedFile]:
        for person, photo in self._wanted:
            drawn = self._population.photo(person, photo)
            yield OfferedFile(f"{drawn.person_id}-{photo}.jpg", drawn.content, drawn.url)


def _collect(installation: Installation, operator: Actor, privacy: Actor, people: int) -> None:
    proposed = [
        installation.sources.add(operator, name, basis, "records@example.org", "US", hosts, PERMISSION.encode())
        for name, basis, hosts in (
            ("County gallery of volunteers", LegalBasis.OWNER_CONSENT, ("volunteers.example.org",)),
            ("Press archive", LegalBasis.LICENCE, ("press.example.net",)),
        )
    ]
    sources = [installation.sources.approve(privacy, source.name) for source in proposed]  # two people open one
    folder = installation.settings.models_dir.parent / "population"
    probes = min(people, PROBES)
    wanted = [(person, photo) for photo in range(PHOTOS_EACH) for person in range(people)]
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as bar:
        population = Population(SEED, folder / "data", folder / "pictures")
        drawing = bar.add_task("Drawing people who do not exist", total=1.0)
        population.draw_ahead(
            [*wanted, *((person, PHOTOS_EACH) for person in range(probes))],
            workers=len(os.sched_getaffinity(0)),
            progress=lambda step, share: bar.update(drawing, completed=share),
        )
        bar.update(drawing, completed=1.0)
        for number, source in enumerate(sources):
            task = bar.add_task(f"Taking in: {source.name}", total=people)

            def follow(report: IngestReport, task: TaskID = task) -> None:
                bar.update(task, completed=report.photos)

            installation.ingest.run(operator, source, _Drawn(population, wanted[number * people :][:people]), follow)
    _write_probes(population, installation.settings.data_dir / PROBE_FOLDER, probes)


def _write_probes(population: Population, folder: Path, count: int) -> None:
    folder.mkdir(exist_ok=True)
    for person in range(count):
        drawn = population.photo(person, PHOTOS_EACH)
        (folder / f"{drawn.person_id}.jpg").write_bytes(drawn.content)
