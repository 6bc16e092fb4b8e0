"""How the officer's pages say what a request is about. Never decides anything."""

from __future__ import annotations

from collections.abc import Mapping

REQUEST_WORDS: Mapping[str, Mapping[str, str]] = {
    "kind": {"take_out": "Take me out", "access": "Am I in it?"},
    "behalf": {
        "self": "themselves",
        "child": "their child",
        "parent": "their parent",
        "estate": "somebody who has died",
        "attorney": "their client",
        "image_victim": "somebody in an intimate picture",
    },
    "identity": {
        "in_person": "in person",
        "video_call": "by a video call",
        "attorney": "through an attorney",
        "court_order": "by a court order",
        "known_to_officer": "known to the officer",
    },
    "reason": {
        "many_requests": "many requests at the same time",
        "complex": "it takes longer to look into than most",
        "open_case": "the office of an open case has to be asked first",
    },
    "outcome": {
        "handled": "Handled: the face is kept out",
        "told": "Answered after an identity check",
        "not_checked": "Closed: nobody’s identity was checked",
        "unusable": "Closed: the photo could not be used",
        "withdrawn": "Taken back by whoever asked",
    },
    "date": {"overdue": "overdue", "soon": "due soon", "in_time": "in time"},
    "clock": {
        "california": "CCPA: 10 business days, 45 days, 45 more",
        "gdpr": "GDPR: one month, two more",
        "house": "house rule: one month, one more",
    },
    "channel": {"web": "the web form", "counter": "this office"},
}
"""By kind of word, then by value."""
