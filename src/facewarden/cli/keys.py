"""`facewarden key` and `session`: API keys of one's own, and where one is signed in.

Never shows a key's token a second time.
"""

from __future__ import annotations

from typing import Any

import click

from facewarden.cli.console import Context, common_options, pass_context, table
from facewarden.domain.accounts import ApiKey, Scope
from facewarden.services.people.api_keys import DAYS_DEFAULT, DAYS_MAX

SCOPES = [scope.value for scope in Scope if scope is not Scope.ALL]


@click.group()
def key() -> None:
    """API keys: make, list, revoke."""


@key.command("make")
@click.argument("name")
@click.option("--purpose", required=True, help="What the program does with it.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), required=True, help="Once or more.")
@click.option("--days", type=int, default=DAYS_DEFAULT, help=f"How long it lasts, at most {DAYS_MAX}.")
@common_options
@pass_context
def make_key(context: Context, name: str, purpose: str, scopes: tuple[str, ...], days: int) -> None:
    """Make an API key called NAME that acts as you, within its scopes. It is shown once."""
    wanted = [Scope(scope) for scope in scopes]
    made, token = context.installation().people.api_keys.make(context.actor(), name, purpose, wanted, days)
    lines = ["API key, shown once. Put it where only that program reads it:", f"  {token}"]
    line = f"It ends on {made.expires_at.date()}. For the command line: FACEWARDEN_API_KEY; for HTTP: a bearer token."
    context.done({**_key_json(made), "token": token}, [*lines, line])


@key.command("list")
@common_options
@pass_context
def list_keys(context: Context) -> None:
    """List your API keys, those that ended included."""
    installation = context.installation()
    now, known = installation.clock.now(), installation.people.api_keys.of(context.actor())
    rows = [
        (
            key.key_id,
            key.name,
            ", ".join(sorted(key.scopes)),
            key.expires_at.date(),
            "revoked" if key.revoked_at else "expired" if key.expires_at <= now else "in use",
            key.last_used_at.date() if key.last_used_at else "never",
        )
        for key in known
    ]
    header = ("id", "name", "scopes", "ends", "state", "last used")
    context.done({"keys": [_key_json(key) for key in known]}, table(header, rows) if rows else ["You have none."])


@key.command("revoke")
@click.argument("key_id")
@click.option("--of", metavar="USER", help="Whose key it is, if not yours.")
@common_options
@pass_context
def revoke_key(context: Context, key_id: str, of: str | None) -> None:
    """Make an API key worth nothing."""
    people, actor = context.installation().people, context.actor()
    owner = people.members.find(actor, of)[0].user_id if of else None
    people.api_keys.revoke(actor, key_id, owner)
    context.done({"key_id": key_id, "revoked": True}, ["It is worth nothing any more."])


def _key_json(key: ApiKey) -> dict[str, Any]:
    return {
        "key_id": key.key_id,
        "name": key.name,
        "purpose": key.purpose,
        "scopes": sorted(key.scopes),
        "made_at": key.made_at.isoformat(),
        "expires_at": key.expires_at.isoformat(),
        "last_used_at": key.last_used_at.isoformat() if key.last_used_at else None,
        "revoked_at": key.revoked_at.isoformat() if key.revoked_at else None,
    }


@click.group()
def session() -> None:
    """Where you are signed in: list, end, end-all."""


@session.command("list")
@common_options
@pass_context
def list_sessions(context: Context) -> None:
    """List your sessions."""
    actor, sign_in = context.actor(), context.installation().sign_in
    known = sign_in.sessions_of(actor)
    rows = [
        (s.session_id, f"{s.started_at:%Y-%m-%d %H:%M}", f"{s.last_seen_at:%H:%M}", s.session_id == actor.session_id)
        for s in known
    ]
    result = [
        {
            "session_id": s.session_id,
            "started_at": s.started_at.isoformat(),
            "last_seen_at": s.last_seen_at.isoformat(),
            "this_one": s.session_id == actor.session_id,
        }
        for s in known
    ]
    lines = table(("id", "since", "last seen", "this one"), [(*row[:3], "yes" if row[3] else "") for row in rows])
    context.done({"sessions": result}, lines)


@session.command("end")
@click.argument("session_id")
@common_options
@pass_context
def end_session(context: Context, session_id: str) -> None:
    """End one of your sessions."""
    context.installation().sign_in.end_session(context.actor(), session_id)
    context.done({"session_id": session_id, "ended": True}, ["It has ended."])


@session.command("end-all")
@common_options
@pass_context
def end_all(context: Context) -> None:
    """Sign out everywhere, here too."""
    count = context.installation().sign_in.sign_out_everywhere(context.actor())
    context.done({"ended": count}, [f"{count} sessions ended."])
