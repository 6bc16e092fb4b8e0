"""A desk for people's requests at which nobody has asked anything: for pages about other things."""

from __future__ import annotations

from types import SimpleNamespace

from facewarden.services.taking_out.keeping_out import IncidentBook
from facewarden.services.taking_out.quarantine import Quarantine
from facewarden.services.taking_out.request_looking import Looking


class NoRequests:
    """Records without any request."""

    def find(self, request_id):
        return None

    def in_state(self, state):
        return []


def idle_desk(gate, clock):
    """What `Installation.request_desk` offers the web, with an empty queue."""
    nothing = NoRequests()
    return SimpleNamespace(looking=Looking(*[nothing] * 6, gate, clock))


class Nothing:
    """No incident, nothing set aside."""

    def all(self):
        return []

    def waiting(self):
        return []

    def find(self, quarantine_id):
        return None

    def close(self, *_):
        return False


def idle_taking_out(gate, clock):
    """What `Installation.taking_out` offers the web, with nothing in it."""
    return SimpleNamespace(incidents=IncidentBook(Nothing(), gate, clock))


def idle_quarantine(gate, clock):
    """A quarantine with nothing in it."""
    nothing = Nothing()
    return Quarantine(nothing, nothing, nothing, gate, clock)
