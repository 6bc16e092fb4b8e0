"""`facewarden oversight`: how searching is used, for overseers and auditors.

Never shows whom anybody searched for.
"""

from __future__ import annotations

import click

from facewarden.cli.console import Context, common_options, pass_context, table
from facewarden.services.people.oversight import DAYS_DEFAULT

days_option = click.option("--days", type=int, default=DAYS_DEFAULT, help="How far back.")


@click.group()
def oversight() -> None:
    """Unusual use, and every search of late. Hold an account with: facewarden user hold"""


@oversight.command("notices")
@days_option
@common_options
@pass_context
def notices(context: Context, days: int) -> None:
    """What is unusual: bursts, searches at night, many without a candidate, cases without an outcome."""
    installation, actor = context.installation(), context.actor()
    found = installation.people.oversight.review(actor, days).notices
    names = {user.user_id: user.sign_in_name for user in installation.accounts.users(actor)}
    rows = [(n.unusual, names.get(n.user_id, n.user_id), n.count, n.last_at.date(), n.why) for n in found]
    result = [
        {
            "unusual": n.unusual,
            "user_id": n.user_id,
            "sign_in_name": names.get(n.user_id),
            "organisation_id": n.organisation_id,
            "count": n.count,
            "first_at": n.first_at.isoformat(),
            "last_at": n.last_at.isoformat(),
            "why": n.why,
            "shown": list(n.shown),
        }
        for n in found
    ]
    lines = table(("what", "who", "count", "last", "why"), rows) if rows else ["Nothing unusual."]
    context.done({"days": days, "notices": result}, lines)


@oversight.command("searches")
@days_option
@common_options
@pass_context
def searches(context: Context, days: int) -> None:
    """Every search: who, when, under which case, how many candidates."""
    installation, actor = context.installation(), context.actor()
    found = installation.people.oversight.review(actor, days).searches
    names = {user.user_id: user.sign_in_name for user in installation.accounts.users(actor)}
    rows = [
        (f"{s.searched_at:%Y-%m-%d %H:%M}", names.get(s.user_id, s.user_id), s.case_id, s.candidates, s.search_id)
        for s in found
    ]
    result = [
        {
            "search_id": s.search_id,
            "user_id": s.user_id,
            "organisation_id": s.organisation_id,
            "case_id": s.case_id,
            "searched_at": s.searched_at.isoformat(),
            "candidates": s.candidates,
        }
        for s in found
    ]
    lines = table(("when", "who", "case", "candidates", "search"), rows) if rows else ["No search."]
    context.done({"days": days, "searches": result}, lines)
