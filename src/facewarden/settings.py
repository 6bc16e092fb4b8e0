"""One frozen Settings, read once from the environment and the command line.

Never read again while the program runs, and never holds a secret: those stay in the files and variables it names.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from facewarden.domain.deployment import DeclaredUse
from facewarden.errors import BadUseError

DATA_VARIABLE = "FACEWARDEN_DATA"
MODELS_VARIABLE = "FACEWARDEN_MODELS"
PACK_VARIABLE = "FACEWARDEN_PACK"
MASTER_KEY_VARIABLE = "FACEWARDEN_MASTER_KEY"
MASTER_KEY_FILE_VARIABLE = "FACEWARDEN_MASTER_KEY_FILE"
TOKEN_VARIABLE = "FACEWARDEN_TOKEN"  # noqa: S105 - the name of a variable, not a token
API_KEY_VARIABLE = "FACEWARDEN_API_KEY"
SEARCHES_VARIABLE = "FACEWARDEN_SEARCHES_AN_HOUR"
THREADS_VARIABLE = "FACEWARDEN_THREADS"
PROVIDER_VARIABLE = "FACEWARDEN_PROVIDER"
SERVER_MAP_VARIABLE = "FACEWARDEN_SERVER_MAP"
CALIBRATION_VARIABLE = "FACEWARDEN_CALIBRATION"
ADDRESS_VARIABLE = "FACEWARDEN_ADDRESS"
CONTACT_VARIABLE = "FACEWARDEN_CONTACT"
MAIL_FROM_VARIABLE = "FACEWARDEN_MAIL_FROM"
SMTP_VARIABLE = "FACEWARDEN_SMTP"
SMTP_PASSWORD_FILE_VARIABLE = "FACEWARDEN_SMTP_PASSWORD_FILE"  # noqa: S105 - the name of a variable, not a password
LEDGER_COPY_VARIABLE = "FACEWARDEN_LEDGER_COPY"
USE_VARIABLE = "FACEWARDEN_USE"
WITNESSES_VARIABLE = "FACEWARDEN_WITNESSES"
WITNESSES_TERM_VARIABLE = "FACEWARDEN_WITNESSES_TERM_H"
CLOCK_CHECKED_VARIABLE = "FACEWARDEN_CLOCK_CHECKED"

SEARCHES_AN_HOUR = 300  # one every twelve seconds: an examiner looks at a list for a minute at least
DEFAULT_SENDER = "facewarden <no-reply@localhost>"  # whatever sends the letters on puts the operator's own there
PROVIDERS = {"cpu": ("CPUExecutionProvider",), "cuda": ("CUDAExecutionProvider", "CPUExecutionProvider")}


@dataclass(frozen=True, slots=True)
class Office:
    """How the office that runs the installation is reached, and how its letters leave.

    `address` is where its pages are on the web (https://faces.example.gov), for the links in letters; `contact` whom
    people ask, shown to the public; both empty if not given. `smtp` is the mail server, None: letters stay files.
    """

    address: str = ""
    contact: str = ""
    mail_from: str = DEFAULT_SENDER
    smtp: str | None = None
    smtp_password_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Settings:
    """Where things are and how much of the machine they may use.

    `master_key` is the variable's text (base64) or None; `master_key_file` where the key is otherwise read from,
    None for the default beside no data: `config_dir`/keys/INSTALLATION.key. `threads` is CPU threads for models and
    index, at least 1. `server_map` is the operator's MaxMind DB file that tells where servers are, None for none.
    `calibration` is the operator's own table of what a similarity means, None for the one shipped with the pack.
    `ledger_copy` is a folder elsewhere that gets a copy of the erasure ledger at every erasure, None for none.
    `witnesses` is the policy file that names the outside witnesses of the log, None for nobody; `witnesses_term_h` the
    hours after which acts wait until a quorum of them cosigned again, None: nothing waits.
    `pack` is the face pack that templates are made with, None for the default one; `use` is what the installation is
    for, which the terms of a pack may forbid.
    `clock_checked_on` is the day that somebody read on another clock, None where nobody did: an installation that
    wrote nothing for long is opened by it alone.
    `api_key` is what a program brings in the place of a person; `searches_an_hour` how many searches each person may
    make, and an organisation ten times as many.
    """

    data_dir: Path
    models_dir: Path
    config_dir: Path
    master_key: str | None
    master_key_file: Path | None
    token: str | None
    threads: int
    providers: tuple[str, ...]
    server_map: Path | None = None
    calibration: Path | None = None
    office: Office = field(default_factory=Office)
    ledger_copy: Path | None = None
    api_key: str | None = None
    searches_an_hour: int = SEARCHES_AN_HOUR
    pack: str | None = None
    use: DeclaredUse = DeclaredUse.OPERATION
    witnesses: Path | None = None
    witnesses_term_h: int | None = None
    clock_checked_on: date | None = None


def read_settings(data: str | None, environment: Mapping[str, str]) -> Settings:
    """The settings; `data` (from the command line) goes before FACEWARDEN_DATA. Raises BadUseError."""
    named = data or environment.get(DATA_VARIABLE)
    if not named:
        raise BadUseError(
            "no_data_dir",
            "No installation is named.",
            f"Neither --data nor {DATA_VARIABLE} is given.",
            "Say where it is: facewarden --data DIR …, or create one: facewarden --data DIR init",
        )
    home = Path(environment.get("HOME") or Path.home())
    config_dir = Path(environment.get("XDG_CONFIG_HOME") or home / ".config") / "facewarden"
    key_file = environment.get(MASTER_KEY_FILE_VARIABLE)
    return Settings(
        Path(named).expanduser().absolute(),
        Path(environment.get(MODELS_VARIABLE) or default_models_dir(environment)).expanduser().absolute(),
        config_dir,
        environment.get(MASTER_KEY_VARIABLE) or None,
        Path(key_file).expanduser().absolute() if key_file else None,
        environment.get(TOKEN_VARIABLE) or None,
        _threads(environment.get(THREADS_VARIABLE)),
        _providers(environment.get(PROVIDER_VARIABLE, "cpu").lower()),
        server_map_file(environment),
        _named_file(environment, CALIBRATION_VARIABLE),
        _office(environment),
        _named_file(environment, LEDGER_COPY_VARIABLE),
        environment.get(API_KEY_VARIABLE) or None,
        _searches(environment.get(SEARCHES_VARIABLE)),
        environment.get(PACK_VARIABLE) or None,
        declared_use(environment),
        _named_file(environment, WITNESSES_VARIABLE),
        _witnesses_term_h(environment.get(WITNESSES_TERM_VARIABLE)),
        _clock_checked_on(environment.get(CLOCK_CHECKED_VARIABLE)),
    )


def declared_use(environment: Mapping[str, str] = os.environ) -> DeclaredUse:
    """What the installation is for by FACEWARDEN_USE: real cases, unless it says otherwise. Raises BadUseError."""
    try:
        return DeclaredUse(environment.get(USE_VARIABLE, DeclaredUse.OPERATION).lower())
    except ValueError as fault:
        raise BadUseError(
            "bad_declared_use",
            f"{USE_VARIABLE} names no use.",
            next_step=f"Set it to one of {', '.join(DeclaredUse)}, or leave it out.",
        ) from fault


def _providers(name: str) -> tuple[str, ...]:
    if name not in PROVIDERS:
        raise BadUseError(
            "bad_provider",
            f"{PROVIDER_VARIABLE} names no provider.",
            next_step=f"Set it to one of {', '.join(PROVIDERS)}, or leave it out.",
        )
    return PROVIDERS[name]


def _searches(text: str | None) -> int:
    if text is None:
        return SEARCHES_AN_HOUR
    if not text.isdecimal() or not 1 <= int(text) <= 100_000:
        raise BadUseError(
            "bad_searches",
            f"{SEARCHES_VARIABLE} is not a number from 1 to 100,000.",
            next_step=f"Leave it out for {SEARCHES_AN_HOUR}.",
        )
    return int(text)


def _witnesses_term_h(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isdecimal() or not 1 <= int(text) <= 10_000:
        raise BadUseError(
            "bad_witnesses_term",
            f"{WITNESSES_TERM_VARIABLE} is not a number of hours from 1 to 10,000.",
            next_step="Leave it out, and nothing waits for witnesses.",
        )
    return int(text)


def _clock_checked_on(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as fault:
        raise BadUseError(
            "bad_clock_checked",
            f"{CLOCK_CHECKED_VARIABLE} is no day.",
            next_step="Write the day of another clock as YEAR-MONTH-DAY, or leave it out.",
        ) from fault


def _office(environment: Mapping[str, str]) -> Office:
    address = environment.get(ADDRESS_VARIABLE, "").strip().rstrip("/")
    if address and not address.startswith(("https://", "http://")):
        raise BadUseError(
            "bad_address",
            f"{ADDRESS_VARIABLE} is no address of a web site.",
            next_step="Write it like https://faces.example.gov, or leave it out.",
        )
    return Office(
        address,
        environment.get(CONTACT_VARIABLE, "").strip(),
        environment.get(MAIL_FROM_VARIABLE) or DEFAULT_SENDER,
        environment.get(SMTP_VARIABLE) or None,
        _named_file(environment, SMTP_PASSWORD_FILE_VARIABLE),
    )


def server_map_file(environment: Mapping[str, str] = os.environ) -> Path | None:
    """The operator's map of addresses as FACEWARDEN_SERVER_MAP names it, or None."""
    return _named_file(environment, SERVER_MAP_VARIABLE)


def _named_file(environment: Mapping[str, str], variable: str) -> Path | None:
    named = environment.get(variable)
    return Path(named).expanduser().absolute() if named else None


def default_models_dir(environment: Mapping[str, str] = os.environ) -> Path:
    """Where face packs are kept unless FACEWARDEN_MODELS says otherwise: shared by all installations of an account."""
    home = Path(environment.get("HOME") or Path.home())
    return Path(environment.get("XDG_CACHE_HOME") or home / ".cache") / "facewarden" / "models"


def _threads(text: str | None) -> int:
    if text is None:
        return len(os.sched_getaffinity(0))
    if not text.isdecimal() or not 1 <= int(text) <= 256:
        raise BadUseError(
            "bad_threads",
            f"{THREADS_VARIABLE} is not a number from 1 to 256.",
            next_step="Leave it out to use every processor.",
        )
    return int(text)
