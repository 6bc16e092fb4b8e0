"""A walk over every page and form of the app as one role, with made-up ids and empty forms."""

from __future__ import annotations

import re

from facewarden.domain.accounts import Role
from facewarden.services.people.accounts import new_user
from facewarden.web.addresses import SESSION_COOKIE
from facewarden.web.app import create_app
from tests.unit.web.builders import Browser

PLACE = re.compile(r"\{[^}]*\}")
ENDING = frozenset({"/sign-out", "/settings/sessions/all/end"})  # they end the session that walks
MADE_UP = "1"
NONE_THERE = frozenset({400, 404, 410, 422})


class Walk:
    """Walks one installation; a browser for each role."""

    def __init__(self, installation, agency):
        self._installation, self._agency = installation, agency
        known = set(_routes(create_app(installation).routes))
        self.routes = sorted(known, key=lambda route: (route[1], route[0]))

    def as_role(self, role: Role):
        """The status of each route for a user of that role alone."""
        name = f"{role.value.replace('_', '-')}-walks"
        user = new_user(self._agency, name, name.capitalize(), [role], None, self._installation.clock.now())
        self._installation.records.accounts.add_user(user, "no password")
        browser = Browser(self._installation)
        browser.cookies.set(SESSION_COOKIE, self._installation.sign_in.open_session(user, "password"))
        assert browser.get("/settings").url.path == "/settings"
        key = browser.form_key()
        return {(method, path): self._status(browser, method, path, key) for method, path in self.routes}

    def _status(self, browser, method, path, key):
        address = PLACE.sub(MADE_UP, path)
        form = {"data": {"form_key": key}} if method == "POST" else {}
        answer = browser.request(method, address, follow_redirects=False, **form)
        assert not answer.headers.get("location", "").startswith("/sign-in"), (method, path)
        return answer.status_code


def in_words(found):
    """Lines of the table: method, path, and who is not refused, or that it depends on what the id names."""
    lines = []
    for method, path in next(iter(found.values())):
        if "{" in path and all(found[role][method, path] in NONE_THERE for role in Role):
            lines.append(f"{method:<4} {path}  whoever may see what the id names")
            continue
        let_in = [role.value for role in Role if found[role][method, path] != 403]
        who = "everybody" if len(let_in) == len(Role) else " ".join(let_in) or "nobody"
        lines.append(f"{method:<4} {path}  {who}")
    return lines


def _routes(routes):
    for route in routes:
        if hasattr(route, "original_router"):
            yield from _routes(route.original_router.routes)
            continue
        for method in sorted(getattr(route, "methods", None) or ()):
            own = route.path.startswith(("/api/v1/", "/sign-in")) or route.path in ENDING
            if method != "HEAD" and not own:
                yield method, route.path
