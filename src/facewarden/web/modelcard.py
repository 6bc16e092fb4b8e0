"""What the face models can and cannot do, their curves, and what this installation decided about searches.

Never shows a photo, a case or an account.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from facewarden.domain.accounts import Role
from facewarden.errors import BadUseError, Error
from facewarden.matching.curves import tradeoffs
from facewarden.matching.plots import Figure, det_figure
from facewarden.services.casework.policy import LIMIT_MAX, LIMIT_MIN, Policy
from facewarden.web.door import actor_of
from facewarden.web.forms import Form, form_of
from facewarden.web.pages import page
from facewarden.web.site import installation_of

router = APIRouter(include_in_schema=False)

ACCEPTING_ROLES = (Role.PRIVACY_OFFICER, Role.OVERSEER)


@router.get("/models")
def models(request: Request) -> Response:
    """The face pack's card: licence, training data, limits, curves, and the policy for searches."""
    return _page(request, Form(), None)


def _page(request: Request, form: Form, error: Error | None) -> Response:
    installation, actor = installation_of(request), actor_of(request)
    policies, figure = installation.search.policies, _figure(request)
    return page(
        request,
        "models.html",
        card=installation.card,
        calibration=installation.calibration,
        # Made by matching.plots, which escapes every word in it.
        curve_table=Markup(figure.table) if figure else None,  # noqa: S704
        policy=policies.current(),
        threshold=installation.search.threshold(),
        accepted=policies.accepted(),
        limits=(LIMIT_MIN, LIMIT_MAX),
        may_set=actor.has(Role.OPERATOR),
        may_accept=actor.has(*ACCEPTING_ROLES),
        form=form,
        error=error,
    )


@router.get("/models/det.svg")
def curves(request: Request) -> Response:
    """The detection error tradeoff of each cohort that was measured."""
    figure = _figure(request)
    if figure is None:
        raise BadUseError(
            "no_curve",
            "No cohort was measured with enough pairs for a curve.",
            next_step="Calibrate with a larger set: facewarden bench calibrate",
        )
    return Response(figure.svg, media_type="image/svg+xml")


@router.post("/models/policy")
def set_policy(request: Request) -> Response:
    """The policy for searches, set."""
    form, actor = form_of(request), actor_of(request)
    try:
        policy = Policy(int(_number(form, "list_length")), _number(form, "candidate_fmr"))
        installation_of(request).search.policies.set(actor, policy)
    except BadUseError as error:
        return _page(request, form, error)
    return RedirectResponse("/models", 303)


@router.post("/models/acceptance")
def accept(request: Request) -> Response:
    """A gallery larger than the models were measured for, accepted up to a size."""
    form, actor = form_of(request), actor_of(request)
    try:
        installation_of(request).search.policies.accept(actor, int(_number(form, "faces")))
    except BadUseError as error:
        return _page(request, form, error)
    return RedirectResponse("/models", 303)


def _figure(request: Request) -> Figure | None:
    found = tradeoffs(installation_of(request).calibration)
    return det_figure(found, "What a threshold lets through and what it misses") if found else None


def _number(form: Form, name: str) -> float:
    try:
        value = float(form.text(name))
    except ValueError:
        value = float("nan")
    if not 0 <= value < 1e12:
        raise BadUseError("bad_number", "That is no number that can be set.", next_step="Give it in digits.")
    return value
