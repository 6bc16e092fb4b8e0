"""What this installation does once a day. Each capability adds its round here; never does one itself."""

from __future__ import annotations

from facewarden.adapters.turns import Turns
from facewarden.bootstrap.installation import Installation
from facewarden.services.daily import Daily, Round

TURN_FILE = "daily.lock"


def rounds(installation: Installation) -> tuple[Round, ...]:
    """Every round, in the order in which they run."""
    of = installation
    return (
        # What holds had stopped is erased before anybody is searched for.
        Round("owed-erasures", lambda moment: of.taking_out.owed.run(moment)),
        # Whoever holds a report of a refuted lead is told, should telling them have failed.
        Round("recalls", lambda moment: of.casework.reporting.recall()),
        Round("duties", lambda moment: of.order_desk.watch.run(moment)),
        Round("idle-users", lambda moment: of.people.members.suspend_idle(moment)),
        Round("attestations", lambda moment: of.people.organisations.suspend_unattested(moment)),
        Round("foreign-bodies", lambda moment: of.people.organisations.suspend_unpermitted(moment)),
        Round("unusual-use", lambda moment: of.people.oversight.count(moment)),
        Round("retention", lambda moment: of.source_desk.retention.run(moment)),
        Round("letters", lambda moment: of.letters.run(moment)),
        Round("requests", lambda moment: of.request_desk.round(moment)),
        Round("suppressions-anew", lambda moment: of.taking_out.renewing.run(moment)),
        Round("kept-out", lambda moment: of.taking_out.nightly_probe.run(moment)),
        Round("quarantine", lambda moment: of.ways_in.quarantine.end(moment)),
        Round("records-anew", lambda moment: of.records.anew.run(moment)),
        Round("witnesses", lambda moment: of.witnessing.run(moment)),
        Round("checkpoint-seen", lambda moment: of.keep_seen()),
        Round("key-backups", lambda moment: of.taking_out.key_backups.end(moment)),
    )


def daily(installation: Installation) -> Daily:
    """The rounds with what they need to run once a day."""
    of = installation
    return Daily(rounds(of), of.records.jobs, Turns(of.data_dir / TURN_FILE), of.gate, of.clock)
