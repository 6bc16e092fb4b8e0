"""`facewarden org` beyond adding and importing: an organisation from its application to its suspension.

Never prints a contact or a signer unless that very thing was asked for.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from facewarden.cli.console import Context, common_options, pass_context, reason_option, table
from facewarden.cli.days import DAY
from facewarden.cli.files import check_new, read_bytes, write_bytes
from facewarden.domain.accounts import (
    AccountState,
    GovernmentLevel,
    OfficeSetting,
    Organisation,
    OrganisationKind,
    Sector,
)
from facewarden.domain.customers import Application, Contact, Cut
from facewarden.errors import BadUseError


def organisation_json(known: Organisation) -> dict[str, Any]:
    """An organisation as commands print it; no contact is in it."""
    return {
        "organisation_id": known.organisation_id,
        "name": known.name,
        "sector": known.sector,
        "level": known.level,
        "kind": known.kind,
        "place": known.place,
        "office_place": known.office_place,
        "office_setting": known.office_setting,
        "state": known.state,
        "basis": known.basis,
        "parent_id": known.parent_id,
        "email_domains": list(known.email_domains),
        "agreement_until": known.agreement_until.isoformat() if known.agreement_until else None,
        "administrator_id": known.administrator_id,
        "overseer_id": known.overseer_id,
        "attestation_due_at": known.attestation_due_at.isoformat() if known.attestation_due_at else None,
    }


def _named(context: Context, name: str) -> Organisation:
    installation = context.installation()
    return installation.accounts.organisation_for(context.actor(), name)


def _done(context: Context, known: Organisation, line: str) -> None:
    context.done(organisation_json(known), [line])


def list_filtered(context: Context, state: str | None, sector: str | None, place: str | None) -> None:
    """Prints the organisations that the actor may know of; the reading is on record."""
    known = [
        body
        for body in context.installation().people.directory.list(context.actor())
        if (state is None or body.state == state)
        and (sector is None or body.sector == sector)
        and (place is None or (body.place or "") == place or (body.place or "").startswith(f"{place}-"))
    ]
    rows = [(o.organisation_id, o.name, o.sector or "-", o.level or "-", o.place or "-", o.state) for o in known]
    header = ("id", "name", "sector", "level", "place", "state")
    context.done({"organisations": [organisation_json(body) for body in known]}, table(header, rows))


@click.command("verify")
@click.argument("name")
@common_options
@pass_context
def verify(context: Context, name: str) -> None:
    """Verify organisation NAME: you looked at what it says of itself, and found it so."""
    known = context.installation().people.organisations.verify(context.actor(), _named(context, name).organisation_id)
    _done(context, known, f"{known.name} is verified.")


@click.command("agree")
@click.argument("name")
@click.option(
    "--document", type=click.Path(path_type=Path), required=True, help="The signed document; hashed, not kept."
)
@click.option("--signed-by", required=True, help="Name and office of whoever signed; kept encrypted.")
@click.option("--signed-on", type=DAY, required=True)
@click.option("--from", "begins", type=DAY, help="The first day in force; the day of the signature unless given.")
@click.option("--until", type=DAY, required=True, help="The last day in force.")
@common_options
@pass_context
def agree(
    context: Context, name: str, document: Path, signed_by: str, signed_on: date, begins: date | None, until: date
) -> None:
    """Record the signed agreement with organisation NAME."""
    known = _named(context, name)
    agreement = context.installation().people.organisations.record_agreement(
        context.actor(),
        known.organisation_id,
        read_bytes(document),
        signed_by,
        signed_on,
        begins or signed_on,
        until,
    )
    result = {
        "agreement_id": agreement.agreement_id,
        "document_sha256": agreement.document_hash,
        "begins_on": agreement.begins_on.isoformat(),
        "ends_on": agreement.ends_on.isoformat(),
    }
    context.done(result, [f"Agreement with {known.name} recorded, {agreement.begins_on} to {agreement.ends_on}."])


@click.command("officers")
@click.argument("name")
@click.option("--administrator", required=True, metavar="USER")
@click.option("--overseer", required=True, metavar="USER")
@common_options
@pass_context
def officers(context: Context, name: str, administrator: str, overseer: str) -> None:
    """Name the administrator and the overseer of organisation NAME: two of its own users."""
    people, actor = context.installation().people, context.actor()
    first, second = (people.members.find(actor, user)[0] for user in (administrator, overseer))
    known = people.organisations.name_officers(actor, _named(context, name).organisation_id, first, second)
    _done(context, known, f"{known.name}: administrator {first.sign_in_name}, overseer {second.sign_in_name}.")


@click.command("change")
@click.argument("name")
@click.option("--sector", type=click.Choice([sector.value for sector in Sector]))
@click.option("--level", type=click.Choice([level.value for level in GovernmentLevel]))
@click.option("--kind", type=click.Choice([kind.value for kind in OrganisationKind]))
@click.option("--place", metavar="CODE")
@click.option("--office", metavar="CODE", help="Where the office is that works with the account.")
@click.option("--parent", metavar="ID", help="The organisation that this is an office of.")
@click.option("--domain", "domains", multiple=True, help="An e-mail domain of its own; these replace those before.")
@common_options
@pass_context
def change(
    context: Context,
    name: str,
    sector: str | None,
    level: str | None,
    kind: str | None,
    place: str | None,
    office: str | None,
    parent: str | None,
    domains: tuple[str, ...],
) -> None:
    """Correct what is recorded of organisation NAME. It makes nothing active."""
    known = context.installation().people.organisations.correct(
        context.actor(),
        _named(context, name).organisation_id,
        sector=Sector(sector) if sector else None,
        level=GovernmentLevel(level) if level else None,
        kind=OrganisationKind(kind) if kind else None,
        place=place,
        office_place=office,
        parent=parent,
        email_domains=domains or None,
    )
    _done(context, known, f"{known.name} is corrected.")


@click.command("contact")
@click.argument("name")
@click.option("--set-name", help="Whom to write to from now on.")
@click.option("--set-email", help="Their address.")
@common_options
@pass_context
def contact(context: Context, name: str, set_name: str | None, set_email: str | None) -> None:
    """Show whom to write to at organisation NAME, on record; or set it."""
    people, actor, body = context.installation().people, context.actor(), _named(context, name)
    if set_name or set_email:
        people.organisations.set_contact(actor, body.organisation_id, Contact(set_name or "", set_email or ""))
        context.done({"organisation_id": body.organisation_id, "contact_set": True}, ["The contact is set."])
        return
    found = people.directory.contact(actor, body) or Contact("", "")
    context.done({"name": found.name, "email": found.email}, [f"{found.name or '-'} {found.email or '-'}"])


@click.command("suspend")
@click.argument("name")
@reason_option
@common_options
@pass_context
def suspend(context: Context, name: str, reason: str) -> None:
    """Suspend organisation NAME: nobody of it acts from now on."""
    body = _named(context, name)
    cut = context.installation().people.organisations.suspend(context.actor(), body.organisation_id, reason)
    _cut(context, body, AccountState.SUSPENDED, cut)


@click.command("close")
@click.argument("name")
@reason_option
@common_options
@pass_context
def close(context: Context, name: str, reason: str) -> None:
    """End the account of organisation NAME, which wants it no longer."""
    body = _named(context, name)
    cut = context.installation().people.organisations.end(context.actor(), body.organisation_id, reason)
    _cut(context, body, AccountState.ENDED, cut)


def _cut(context: Context, body: Organisation, state: AccountState, cut: Cut) -> None:
    result = {"organisation_id": body.organisation_id, "state": state, "sessions_cut": cut.sessions}
    result |= {"keys_revoked": cut.keys, "work_stopped": cut.work}
    context.done(result, [f"{body.name} is {state}; {cut.sessions} sessions cut, {cut.keys} keys revoked."])


@click.command("attest")
@click.argument("name", required=False)
@click.option(
    "--by", metavar="USER", help="With NAME, for a suspended one: its administrator or overseer who stated it."
)
@common_options
@pass_context
def attest(context: Context, name: str | None, by: str | None) -> None:
    """State that what is recorded of your organisation still holds: its place, its people, their training."""
    people, actor = context.installation().people, context.actor()
    if name and by:
        user = people.members.find(actor, by)[0]
        known = people.organisations.attest_for(actor, _named(context, name).organisation_id, user)
    elif name or by:
        raise BadUseError("bad_use", "NAME and --by belong together.", next_step="Leave both out for your own.")
    else:
        known = people.organisations.attest(actor)
    due = known.attestation_due_at
    _done(context, known, f"{known.name}: stated. The next statement is due by {due.date() if due else '-'}.")


@click.command("office")
@click.argument("name")
@click.argument("setting", type=click.Choice([setting.value for setting in OfficeSetting]), required=False)
@click.option("--reason", help="Why, in one line; kept encrypted.")
@click.option("--confirm", is_flag=True, help="Confirm, as the second person, what another proposed.")
@common_options
@pass_context
def office(context: Context, name: str, setting: str | None, reason: str | None, confirm: bool) -> None:
    """Set whether federal office NAME may have an account where its state's bodies may not: two people do it."""
    service, actor, body = context.installation().people.organisations, context.actor(), _named(context, name)
    if confirm and not setting:
        known = service.confirm_setting(actor, body.organisation_id)
        _done(context, known, f"{known.name}: {known.office_setting}, set by two people.")
    elif setting and not confirm:
        service.propose_setting(actor, body.organisation_id, OfficeSetting(setting), reason or "")
        line = f"{body.name}: {setting} proposed. Another person confirms it: facewarden org office NAME --confirm"
        context.done({"organisation_id": body.organisation_id, "proposed": setting}, [line])
    elif not setting:
        found = service.proposal(actor, body.organisation_id)
        result = {"setting": body.office_setting, "proposed": found.value if found else None}
        line = f"{body.name}: {body.office_setting or 'no setting'}; proposed: {found.value if found else 'nothing'}"
        context.done(result, [line])
    else:
        raise BadUseError("bad_use", "Propose or confirm, not both.", next_step="See: facewarden org office --help")


@click.command("export")
@click.argument("path", type=click.Path(path_type=Path))
@reason_option
@common_options
@pass_context
def export(context: Context, path: Path, reason: str) -> None:
    """Write the whole list with its contacts to PATH, for a reason that is kept. The operator alone may."""
    check_new(path)
    content = context.installation().people.directory.export(context.actor(), reason)
    write_bytes(path, content, new=True)
    count = content.count(b"\r\n") - 1
    context.done(
        {"path": str(path), "organisations": count}, [f"{count:,} organisations are in {path}. Keep it closed."]
    )


@click.command("applications")
@common_options
@pass_context
def applications(context: Context) -> None:
    """List the applications that wait; the reading is on record."""
    waiting = context.installation().people.applying.waiting(context.actor())
    rows = [(a.application_id, a.received_at.date(), a.form.name, a.form.sector, a.form.place) for a in waiting]
    result = {"applications": [_application_json(application) for application in waiting]}
    context.done(result, table(("id", "received", "name", "sector", "place"), rows) if rows else ["None waits."])


@click.command("accept")
@click.argument("application_id")
@common_options
@pass_context
def accept(context: Context, application_id: str) -> None:
    """Make an organisation of an application: applied, still to be verified."""
    known = context.installation().people.applying.accept(context.actor(), application_id)
    _done(context, known, f"{known.name} is listed. Verify it next: facewarden org verify {known.organisation_id}")


@click.command("decline")
@click.argument("application_id")
@click.option("--reason", required=True, help="Whoever applied is told.")
@common_options
@pass_context
def decline(context: Context, application_id: str, reason: str) -> None:
    """Decline an application and write the reason to whoever applied."""
    context.installation().people.applying.decline(context.actor(), application_id, reason)
    context.done({"application_id": application_id, "state": "declined"}, ["Declined; the letter is on its way."])


def _application_json(application: Application) -> dict[str, Any]:
    form = application.form
    return {
        "application_id": application.application_id,
        "received_at": application.received_at.isoformat(),
        "name": form.name,
        "sector": form.sector,
        "level": form.level,
        "kind": form.kind,
        "place": form.place,
        "email_domain": form.email_domain,
        "purpose": form.purpose,
    }


COMMANDS = (
    *(verify, agree, officers, change, contact, suspend, close, attest, office, export),
    *(applications, accept, decline),
)
