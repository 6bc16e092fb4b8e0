"""The vocabulary: every fact that a rule may read, with its type, its values and what not knowing it means.

It never holds a value of a fact, and no rule reads a fact that is not listed here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from facewarden.domain.accounts import AccountState, GovernmentLevel, Role, Scope, Sector
from facewarden.domain.cases import CaseBasis, CaseState, Purpose, SoughtFor
from facewarden.domain.photos import PhotoState
from facewarden.domain.searches import ProbeKind
from facewarden.domain.sources import LegalBasis, SourceState
from facewarden.law.actions import Action
from facewarden.law.facts import Value

UNDETERMINED = "undetermined"
"""The context attribute with the names of facts nobody could establish."""
ABSENT = "absent"
"""The context attribute with the names of facts nobody looked for; a subset of `UNDETERMINED`."""
INTEGER_LIMIT = 2**63 - 1
"""The largest whole number that Cedar holds."""


class FactKind(StrEnum):
    """The Cedar type of a fact's value."""

    TEXT = "String"
    NUMBER = "Long"
    YES_NO = "Bool"
    SET = "Set<String>"


_PLACE = re.compile(r"border|[A-Z]{2}(-[A-Z0-9]{1,3})?")


@dataclass(frozen=True, slots=True)
class FactSpec:
    """One fact: name, type, meaning, closed list of values (empty if open), and what not knowing it means."""

    name: str
    kind: FactKind
    meaning: str
    unknown_means: str
    values: tuple[str, ...] = ()

    def accepts(self, value: Value) -> bool:
        """True if `value` has this fact's type, and its form or closed list; None (undetermined) always is."""
        if value is None:
            return True
        if self.kind is FactKind.YES_NO:
            return isinstance(value, bool)
        if self.kind is FactKind.NUMBER:
            return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= INTEGER_LIMIT
        if self.kind is FactKind.TEXT:
            return isinstance(value, str) and self._knows(value)
        return isinstance(value, frozenset) and all(self._knows(word) for word in value)

    @property
    def names_place(self) -> bool:
        """True if its text is an ISO 3166 code: a state written otherwise would pass for another place."""
        return self.name.endswith("_place") or self.name in ("place_taken", "places_claimed")

    def _knows(self, word: str) -> bool:
        if self.names_place:
            return _PLACE.fullmatch(word) is not None
        return not self.values or word in self.values

    @property
    def placeholder(self) -> str | int | bool | list[str]:
        """What stands in Cedar's context where the fact is undetermined; no compiled rule ever reads it."""
        empty: dict[FactKind, str | int | bool | list[str]] = {
            FactKind.YES_NO: False,
            FactKind.NUMBER: 0,
            FactKind.TEXT: "",
            FactKind.SET: [],
        }
        return empty[self.kind]


def _text(name: str, meaning: str, unknown: str, values: Iterable[str] = ()) -> FactSpec:
    return FactSpec(name, FactKind.TEXT, meaning, unknown, tuple(str(value) for value in values))


def _number(name: str, meaning: str, unknown: str) -> FactSpec:
    return FactSpec(name, FactKind.NUMBER, meaning, unknown)


def _flag(name: str, meaning: str, unknown: str) -> FactSpec:
    return FactSpec(name, FactKind.YES_NO, meaning, unknown)


def _set(name: str, meaning: str, unknown: str, values: Iterable[str] = ()) -> FactSpec:
    return FactSpec(name, FactKind.SET, meaning, unknown, tuple(str(value) for value in values))


NO_LEVEL = "none"
"""The level of a body that is no government: known, and not federal."""
_ACCOUNT_CHANGES = """
list_organisation add_organisation activate_organisation suspend_organisation end_organisation verify_organisation
change_organisation attest_organisation set_office decide_application read_contact export_customers add_user
invite_user change_user suspend_user hold_user reinstate_user end_user review_use make_key revoke_key
change_credentials open_case close_case change_case accept_gallery set_policy start_ingest
"""
ACCOUNT_CHANGES = tuple(_ACCOUNT_CHANGES.split())
"""What an `account` act may change."""
_SOURCE_CHANGES = """
propose approve suspend resume end take_down expunge permit_host approve_host review_copy read
"""
SOURCE_CHANGES = tuple(_SOURCE_CHANGES.split())
"""What a `source` act does. `resume` proposes anew, `permit_host` and `approve_host` lift a host's bar together."""

_OFFENCE_CLASSES = """
crime_of_violence human_trafficking child_abuse child_pornography hate_crime weapon_crime aggravated_animal_cruelty
fentanyl_importation stalking substantial_ongoing_threat fugitive_of_equivalent_crime other
"""
OFFENCE_CLASSES = tuple(_OFFENCE_CLASSES.split())
"""Classes of offence as Maryland's Criminal Procedure 2-503(a)(1)(i) lists them, and all others."""

BACKUP_CHANGES = ("make", "restore")
"""What a `back_up` act does."""

_NOT_SHOWN = "not shown to be so: the act is refused"

FACTS: tuple[FactSpec, ...] = (
    # who acts
    _set("actor_roles", "roles of the person acting", _NOT_SHOWN, Role),
    _text("user_state", "state of the person's account", _NOT_SHOWN, AccountState),
    _set(
        "key_scopes",
        "what the credential permits: all for a person signed in, the scopes of an API key for a program",
        _NOT_SHOWN,
        Scope,
    ),
    _text(
        "user_training",
        "whether the person's training in face comparison is in force",
        "no training record is kept; the rule says what follows",
        ("valid", "expired", "none"),
    ),
    # the organisation that acts, or that an account change is about
    _text("org_sector", "whose body the organisation is", _NOT_SHOWN, Sector),
    _text("org_level", "which level of government it belongs to", _NOT_SHOWN, (NO_LEVEL, *GovernmentLevel)),
    _text("org_state", "state of the organisation's account", _NOT_SHOWN, AccountState),
    _text(
        "org_agreement",
        "whether an agreement with the body is in force; own: it belongs to the body that runs the installation",
        _NOT_SHOWN,
        ("own", "in_force", "not_yet", "expired", "none"),
    ),
    _text(
        "org_officers",
        "whether the organisation has a named administrator and a named overseer, two people with active accounts",
        _NOT_SHOWN,
        ("own", "named", "missing"),
    ),
    _text(
        "org_attestation",
        "whether the organisation said within the year that what is recorded of it still holds; none: not asked",
        _NOT_SHOWN,
        ("none", "current", "overdue"),
    ),
    _flag(
        "org_country_permitted",
        "an adopted pack permits accounts of bodies of the organisation's country, by name",
        "not permitted: a foreign body gets no account",
    ),
    # the case
    _text("case_state", "state of the case", _NOT_SHOWN, CaseState),
    _flag("case_org_same", "the case belongs to the actor's organisation", _NOT_SHOWN),
    _flag("case_member", "the actor is a member of the case", _NOT_SHOWN),
    _text("case_purpose", "why the case searches for a face", _NOT_SHOWN, Purpose),
    _text("case_basis", "what the case rests on", "the case does not say: it is counted", ("none", *CaseBasis)),
    _text(
        "case_basis_state",
        "whether that basis still holds, and whether it has an end",
        "no basis is recorded",
        ("in_force", "no_end", "ended"),
    ),
    _text("sought_for", "what about the person makes them be searched for", "the case does not say", SoughtFor),
    _text(
        "search_manner",
        "whether the same picture was searched on so many days that it is a watch",
        "the past searches could not be read: refused",
        ("single", "standing"),
    ),
    # examining and releasing
    _text("examination_stage", "which examination of a candidate this is", _NOT_SHOWN, ("none", "first", "second")),
    _flag("examiner_independent", "the examiner did not search, examine or see the list before", _NOT_SHOWN),
    _flag("blind_duty", "the viewer is at work as a second examiner who must not see the list", _NOT_SHOWN),
    _text(
        "examination_state",
        "what the two examiners came to",
        "nobody examined it: no lead leaves",
        ("none", "pending", "agreed", "disagreed", "refuted"),
    ),
    # the gallery
    _text(
        "gallery_size_class",
        "whether the gallery is within the size that the face pack was measured for",
        _NOT_SHOWN,
        ("within", "above"),
    ),
    _text(
        "size_acceptance",
        "an officer's recorded acceptance of a gallery above that size",
        "no acceptance: a gallery above the size is not searched",
        ("recorded", "none"),
    ),
    _flag("photo_was_candidate", "the photo was a candidate in that case", _NOT_SHOWN),
    _text("photo_state", "what the records allow the photo to be used for", _NOT_SHOWN, PhotoState),
    # the source and the host
    _text("source_state", "state of the source", _NOT_SHOWN, SourceState),
    _text("source_basis", "what permits collecting from the source", _NOT_SHOWN, LegalBasis),
    _flag("source_permission", "a permission's document is recorded for the source", _NOT_SHOWN),
    _flag(
        "host_barred",
        "the photo's host is on this installation's list of hosts that asked to be left alone",
        "the list could not be read: the photo is refused",
    ),
    _text(
        "source_place",
        "country or state of the source (ISO 3166)",
        "the source's country is not recorded: rules about places look at the photo alone",
    ),
    # where and when the photo was taken
    _text(
        "place_taken",
        'where the photo was taken (ISO 3166, "US-IL"), or "border" within 0.5 km of a line as the map draws it: lines '
        "of states are good to some 250 m, those of countries and Canada's provinces mostly to 1.5 km, at worst 3 km",
        "the file does not say, or contradicts itself",
    ),
    _set(
        "places_claimed",
        "every place that the file's coordinates and words name: both sides of a line, both halves of a contradiction",
        "the file names no place at all",
    ),
    _text(
        "position_state",
        "whether the file carries coordinates, and whether they can be believed",
        "the file was not looked at: refused",
        ("none", "read", "unreadable"),
    ),
    _text(
        "metadata_text",
        "the words about place and subject that the file carries, in lower case (empty if none)",
        "no file was given",
    ),
    _number("taken_day", "the day the photo was taken, as yyyymmdd", "neither file nor source says, or they differ"),
    # the addresses of the page and of the file
    _text(
        "address_state",
        "whether the photo has a web address, and whether it can be read",
        "nobody looked: refused",
        ("none", "read", "unreadable"),
    ),
    _text(
        "url_text", "the addresses of page and file, decoded, in lower case", "it has none, or none that can be read"
    ),
    _set("url_domains", "the hosts and every domain above them", "it has none, or none that can be read"),
    _text("url_place", "the place that the addresses speak of (ISO 3166)", "the addresses speak of no place"),
    _text(
        "server_state",
        "what is known of the server that the file came from: none (a file given by hand), placed, shared (one address "
        "in many places), unplaced (the map does not know it), unreadable (no usable address or no usable map)",
        "nobody looked: refused",
        ("none", "placed", "shared", "unplaced", "unreadable"),
    ),
    _text("server_place", "where that server is (ISO 3166)", "see server_state"),
    _text("upload_place", "where the photo was uploaded from (ISO 3166)", "no source says: the rule says what follows"),
    _text(
        "robots",
        "what the site's robots.txt says to this collector",
        "it could not be read: refused",
        ("not_crawled", "allowed", "disallowed"),
    ),
    _set("robots_tags", "what X-Robots-Tag and the page's robots meta say", "they could not be read: refused"),
    _flag(
        "host_permission", "a permission of the site's owner is recorded", "no permission: a barred host stays barred"
    ),
    _text(
        "collection_manner",
        "how the photo came: given by the source, collected for a named target, or crawled for no target",
        _NOT_SHOWN,
        ("given", "targeted", "untargeted"),
    ),
    _flag("collect_purpose", "whoever fetches from the web named a purpose", _NOT_SHOWN),
    _flag("collect_subject", "whoever fetches from the web named the person or group that it is about", _NOT_SHOWN),
    _flag("collect_case", "whoever fetches from the web named a case", _NOT_SHOWN),
    _flag(
        "eu_facing",
        "what was fetched is from the European Union, by its source, address, server or the photo itself",
        "nobody can tell: what is fetched needs a named subject and a case, as if it were",
    ),
    # the organisation, more closely
    _text("org_place", "state or country that the organisation is based in (ISO 3166)", _NOT_SHOWN),
    _text("office_place", "state or country of the office that works with the account (ISO 3166)", _NOT_SHOWN),
    _text(
        "office_setting",
        "the installation's explicit setting for a federal office in Illinois",
        "no setting: barred",
        ("allow", "bar"),
    ),
    _text(
        "org_exemption",
        "the exemption of BIPA section 25 that the organisation falls under",
        "none shown: not exempt",
        ("none", "glba_institution", "government_contractor"),
    ),
    _flag("acts_for_employer", "the person acts for the organisation that employs them", _NOT_SHOWN),
    _flag("account_trial", "the account is a trial", "not shown to be none: treated as one"),
    _flag("employer_approved", "the employer approved the account", "not approved"),
    # biometric statutes
    _flag("release_on_file", "the person's written release is on file", "no release"),
    _flag("notice_given", "the person was told in writing what is kept, why and how long", "no notice"),
    _flag("retention_policy", "a written retention policy is public", "no policy"),
    _flag("paid_access", "somebody pays for, or profits from, this person's template", "not shown to be none: refused"),
    _text(
        "release_basis",
        "what permits handing a template or an identity out",
        "no basis",
        ("none", "consent", "requested_transaction", "law", "warrant"),
    ),
    # use of a lead
    _text(
        "release_purpose",
        "what the thing handed out is for",
        _NOT_SHOWN,
        ("lead", "probable_cause", "lineup", "discovery", "audit"),
    ),
    _flag("independent_evidence", "the case holds reliable evidence that does not come from a face search", "none"),
    _text("offence_class", "the class of the case's offence in the law that lists them", "not listed", OFFENCE_CLASSES),
    _text("probe_kind", "what the probe is", _NOT_SHOWN, ProbeKind),
    _flag("probe_protected_activity", "the probe shows activity that the constitution protects", _NOT_SHOWN),
    _flag("reasonable_suspicion", "reasonable suspicion that the person pictured commits a crime is recorded", "none"),
    _flag("probe_bystander", "the face belongs to somebody whom nobody means to find", _NOT_SHOWN),
    # the face
    _text("face_quality", "whether the face passed every floor of quality", _NOT_SHOWN, ("passed", "failed")),
    _flag("face_suppressed", "the face is kept out at a person's request", "the check could not run: refused"),
    _flag(
        "identity_checked",
        "an officer checked, outside this program, that a request comes from the person or from who may act for them",
        "not checked: nothing is told",
    ),
    # account changes and erasure
    _text("account_change", "what the account act changes", _NOT_SHOWN, ACCOUNT_CHANGES),
    _flag("target_org_same", "the changed account belongs to the actor's organisation", _NOT_SHOWN),
    _flag("target_is_actor", "the changed account is the actor's own", _NOT_SHOWN),
    _set("target_roles", "the roles that the changed account gets or has", _NOT_SHOWN, Role),
    _flag("target_held", "an overseer holds the changed account", _NOT_SHOWN),
    _flag("actor_runs_installation", "the actor belongs to the body that runs the installation", _NOT_SHOWN),
    _text(
        "duty",
        "the duty in force that the program itself is carrying out, or none",
        "no duty: a person must act",
        ("none", "opt_out", "order", "retention", "upkeep", "decided_erasure"),
    ),
    # holds and orders
    _text("hold_change", "whether a hold is set or lifted", _NOT_SHOWN, ("set", "lift")),
    _flag("hold_ordered", "an order in force here demands the hold", "not shown to be free: it stays"),
    _text("order_change", "what is done about orders", _NOT_SHOWN, ("apply", "resume", "precedence")),
    # backups
    _text("backup_change", "whether a backup is made or restored", _NOT_SHOWN, BACKUP_CHANGES),
    _flag("keys_apart", "no key is copied to where the data or its copy lies", _NOT_SHOWN),
    _text(
        "newest_ledger",
        "whether the erasures since the backup are known when it is restored; lost: whoever restores says so",
        "nobody knows what was erased since: it is not restored",
        ("not_needed", "given", "lost"),
    ),
    # sources
    _text("source_change", "what is done about a source or a host", _NOT_SHOWN, SOURCE_CHANGES),
    _flag("second_person", "whoever approves is another person than whoever proposed", _NOT_SHOWN),
)
"""Every fact, in the order in which the documentation lists them."""

FACT_BY_NAME: dict[str, FactSpec] = {spec.name: spec for spec in FACTS}


def cedar_schema(facts: Iterable[FactSpec], *, compiled: bool) -> str:
    """The Cedar schema in which each act's context has exactly these facts, every one required.

    `compiled` adds the two sets with the names of undetermined and absent facts.
    """
    attributes = [f"    {spec.name}: {spec.kind.value}," for spec in facts]
    if compiled:
        attributes += [f"    {name}: Set<String>," for name in (UNDETERMINED, ABSENT)]
    actions = ", ".join(f'"{action.value}"' for action in Action)
    return (
        "entity Actor;\nentity Subject;\n"
        f"action {actions} appliesTo {{\n  principal: [Actor],\n  resource: [Subject],\n"
        "  context: {\n" + "\n".join(attributes) + "\n  },\n};\n"
    )
