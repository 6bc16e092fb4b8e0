"""What an officer sees of orders: how each duty stands, what is held, what was carried out, and what must be decided.

Never carries a pack out and never sets or lifts a hold: that is the command line's. A person's word on a deletion that
meets a hold is given here.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from facewarden.domain.accounts import Role
from facewarden.domain.orders import DutyState, Yields
from facewarden.errors import BadUseError, Error
from facewarden.law.orders import list_orders
from facewarden.web.door import actor_with
from facewarden.web.forms import Form, form_of
from facewarden.web.pages import page
from facewarden.web.rooms import LOG_ROLES
from facewarden.web.site import installation_of

router = APIRouter(include_in_schema=False)

DECIDERS = (Role.PRIVACY_OFFICER, Role.OVERSEER)
RUNS_SHOWN = 20


@router.get("/law/orders")
def orders(request: Request) -> Response:
    """Duties with how they stand, holds, runs, and deletions that meet a hold."""
    actor_with(request, *LOG_ROLES)
    return _orders_page(request, Form(), None)


@router.post("/law/orders")
def decide(request: Request) -> Response:
    """A person's word on which of a deletion and a hold yields; then the page again."""
    actor = actor_with(request, *DECIDERS)
    installation, form = installation_of(request), form_of(request)
    delete_duty, _, hold_duty = form.text("pair").partition("|")
    try:
        yields = form.chosen("yields", Yields, "Say which of the two gives way.")
        packs = installation.lawdesk.shelf.packs
        installation.order_desk.orders.settle(actor, packs, delete_duty, hold_duty, yields, form.text("reason"))
    except BadUseError as error:
        return _orders_page(request, form, error)
    return RedirectResponse("/law/orders", 303)


def _orders_page(request: Request, form: Form, error: Error | None) -> Response:
    actor = actor_with(request, *LOG_ROLES)
    installation = installation_of(request)
    desk, now = installation.order_desk, installation.clock.now()
    live = desk.watch.live()
    settled = {(word.delete_duty, word.hold_duty): word for word in desk.orders.settled()}
    met = list_orders(installation.lawdesk.shelf.packs, now.date()).conflicts
    relevant = {pack.pack_id for pack in installation.law.packs} | {item.pack.pack_id for item in live}
    return page(
        request,
        "law_orders.html",
        live=live,
        broken=[item for item in live if item.check is not None and not item.check.kept],
        adopted={pack.pack_id for pack in installation.law.packs},
        holds=desk.holds.every(actor),
        runs=desk.proofs.every(actor)[:RUNS_SHOWN],
        conflicts=[
            (item, settled.get((item.delete.duty_id, item.hold.duty_id)))
            for item in met
            if {item.delete_pack, item.hold_pack} <= relevant
        ],
        may_decide=actor.has(*DECIDERS),
        witnesses=installation.witnessing.view(),
        today=now.date(),
        done=DutyState.DONE,
        form=form,
        error=error,
    )
