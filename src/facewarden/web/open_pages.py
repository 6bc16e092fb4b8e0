"""Pages that are open without signing in: their forms are bound to the visitor's session or, without one, to a cookie.

Never takes the cookie for a sign that somebody is signed in: it keeps other sites from sending the form, and no more.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from facewarden.web.door import form_key, form_secret, set_form_cookie, visitor
from facewarden.web.pages import page


def open_page(request: Request, template: str, /, **context: Any) -> Response:
    """The rendered template, its form bound to the visitor."""
    return bound(request, lambda key: page(request, template, form_key=key, **context))


def bound(request: Request, render: Callable[[str], Response]) -> Response:
    """What `render` makes with the key that the form on it must bring back."""
    seen, secret = visitor(request), form_secret(request)
    if seen.actor is not None:
        return render(seen.form_key)
    response = render(form_key(secret))
    set_form_cookie(request, response, secret)
    return response
