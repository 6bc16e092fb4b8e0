"""A desk for people's requests at which nobody has asked anything: for pages about other things."""

from __future__ import annotations

from types import SimpleNamespace

from facewarden.services.optout import OptOut


class NoRequests:
    """Records without any request."""

    def find(self, request_id):
        return None

    def in_state(self, state):
        return []


def idle_desk(gate, clock):
    """What `Installation.request_desk` offers the web, with an empty queue."""
    nothing = NoRequests()
    return SimpleNamespace(opt_out=OptOut(nothing, *[nothing] * 8, gate, clock))
