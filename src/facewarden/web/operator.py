"""What the operator sees first: how many organisations and users, the gallery's size, the models, the head of the log.

Never leads to a photo, a case or a search: the operator runs the installation and looks at nobody.
"""

from __future__ import annotations

from collections import Counter

from fastapi import APIRouter, Request
from starlette.responses import Response

from facewarden.domain.accounts import AccountState, Role
from facewarden.services.letters import LETTER_LIFE
from facewarden.web.door import actor_with
from facewarden.web.pages import page
from facewarden.web.site import installation_of

router = APIRouter(include_in_schema=False)


@router.get("/operator")
def overview(request: Request) -> Response:
    """The installation at one glance."""
    actor = actor_with(request, Role.OPERATOR)
    installation = installation_of(request)
    counts = installation.sources.counts()
    return page(
        request,
        "operator.html",
        states=installation.accounts.states(),
        users=Counter(user.state for user in installation.accounts.users(actor)),
        photos=sum(photos for photos, _ in counts.values()),
        refused=sum(refused for _, refused in counts.values()),
        sources=len(installation.sources.all()),
        log_size=installation.log.size(),
        checkpoint=installation.log.checkpoint().decode(),
        witnesses=installation.witnessing.view(),
        verifier_key=str(installation.log.verifier_key),
        card=installation.card,
        letters=installation.letters.waiting(),
        letter_days=LETTER_LIFE.days,
        mail_server=installation.settings.office.smtp is not None,
        account_states=AccountState,
        now=installation.clock.now(),
    )
