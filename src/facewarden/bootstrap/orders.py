"""What bootstrap builds for orders: holds, the services of the verbs, runs of packs, their proofs, the nightly look.

Never carries out an order by itself but through the watch over what a person applied.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from functools import cached_property

from facewarden.adapters.turns import Turns
from facewarden.bootstrap.erasing import TakingOut
from facewarden.bootstrap.ground import Ground
from facewarden.bootstrap.lawdesk import LawDesk
from facewarden.bootstrap.people import People
from facewarden.domain.accounts import AccountState, Actor, Organisation, Role
from facewarden.domain.erasing import Erasure, ErasureReason
from facewarden.domain.ids import PhotoId
from facewarden.domain.orders import DutyState, Hold, HoldKind
from facewarden.domain.requests import RequestKind, RequestState
from facewarden.law.duties import Verb
from facewarden.law.engine import LawEngine
from facewarden.law.loading import Pack
from facewarden.law.orders import duties_in_force
from facewarden.services.law.duty_watch import DutyWatch
from facewarden.services.law.holds import Holds
from facewarden.services.law.order_proofs import OrderProofs
from facewarden.services.law.order_verbs import (
    AnswerAccessFirst,
    DeletePhotos,
    EndAccounts,
    HoldPhotos,
    KeepOptOut,
    ProveBy,
    RulesInForce,
)
from facewarden.services.law.orders import ApplyOrders, OrderService
from facewarden.services.law.reach import PhotoReach
from facewarden.services.people.account_orders import Reach, assess

TURN_FILE = "orders.lock"


class WayOut:
    """Whether people can get themselves out of this installation."""

    def __init__(self, ground: Ground) -> None:
        self._ground = ground

    def problem(self) -> str | None:
        """None if a request can be handled; else what is in the way."""
        users = self._ground.records.accounts.users()
        if not any(Role.PRIVACY_OFFICER in user.roles and user.state is AccountState.ACTIVE for user in users):
            return "Nobody can answer a request: there is no active privacy officer."
        return None

    def overdue(self) -> int:
        """How many requests are past their day."""
        now = self._ground.clock.now()
        return sum(
            request.overdue(now) for request in self._ground.records.person_requests.in_state(RequestState.WAITING)
        )


class OrderDesk:
    """The services about orders of one opened installation. Parts are built when first used."""

    def __init__(self, ground: Ground, law: LawDesk, taking_out: TakingOut, people: People) -> None:
        self._ground = ground
        self._law = law
        self._taking_out = taking_out
        self._people = people

    @cached_property
    def holds(self) -> Holds:
        """Setting and lifting holds."""
        ground, records = self._ground, self._ground.records

        def erase_owed() -> object:
            return self._taking_out.owed.run(ground.clock.now())

        return Holds(records.holds, records.searches, self._ordered, erase_owed, ground.gate, ground.clock)

    @cached_property
    def orders(self) -> ApplyOrders:
        """Carrying out what packs order."""
        ground, records = self._ground, self._ground.records
        return ApplyOrders(
            self._services(),
            records.order_runs,
            records.order_runs,
            records.duties,
            Turns(ground.data_dir / TURN_FILE),
            ground.gate,
            ground.log,
            ground.clock,
        )

    @cached_property
    def proofs(self) -> OrderProofs:
        """Signed proofs of runs."""
        ground, runs = self._ground, self._ground.records.order_runs
        return OrderProofs(runs, runs, ground.log, ground.signer, ground.gate, ground.clock)

    @cached_property
    def watch(self) -> DutyWatch:
        """The nightly look at duties."""
        ground = self._ground

        def adopted() -> Collection[str]:
            return {pack.pack_id for pack in ground.law.packs}

        return DutyWatch(
            self.orders,
            self.holds,
            ground.records.order_runs,
            ground.records.duties,
            self._law.shelf.one,
            self._law.whole,
            adopted,
            ground.gate,
            ground.clock,
        )

    def _services(self) -> dict[Verb, OrderService]:
        ground, duties = self._ground, self._ground.records.duties
        hashes = duties.photo_hashes
        rules = RulesInForce(ground.law, ground.clock)
        reach = PhotoReach(ground.memory, self._law_with, duties.photo_count)
        return {
            Verb.FILTER: rules,
            Verb.STOP_COLLECT: rules,
            Verb.DELETE: DeletePhotos(reach, self.holds, self._erase, hashes, self._open_access, ground.clock),
            Verb.STOP_SEARCH: HoldPhotos(reach, self.holds, HoldKind.STOP_SEARCH, hashes, ground.clock),
            Verb.HOLD: HoldPhotos(reach, self.holds, HoldKind.PRESERVE, hashes, ground.clock),
            Verb.OPT_OUT: KeepOptOut(WayOut(ground)),
            Verb.ANSWER_ACCESS_FIRST: AnswerAccessFirst(self._open_access),
            Verb.PROVE_BY: ProveBy(self._answered, ground.clock),
            Verb.END_ACCOUNTS: EndAccounts(self._ends, self._end, self._based_in),
        }

    def _answered(self, pack_id: str) -> Mapping[str, DutyState]:
        return self.watch.answered(pack_id)

    def _law_with(self, pack: Pack) -> LawEngine:
        return LawEngine(self._law.whole(pack))

    def _erase(self, actor: Actor | None, photo_ids: Sequence[PhotoId], despite_holds: bool) -> Erasure:
        erasing = self._taking_out.erasing
        return erasing.erase(actor, photo_ids, ErasureReason.ORDER, despite_holds=despite_holds)

    def _open_access(self, places: frozenset[str]) -> int:
        """Requests for access from these places that nobody has answered; one that names no place counts too."""
        waiting = self._ground.records.person_requests.in_state(RequestState.WAITING)
        asked = [request.place for request in waiting if request.kind is RequestKind.ACCESS]
        return sum(not places or place is None or bool({place, place.partition("-")[0]} & places) for place in asked)

    def _ends(self, pack_id: str) -> tuple[Sequence[str], int]:
        """The active organisations that the pack ends, and of how many it cannot be told; the operator's stays."""
        now, engine = self._ground.clock.now(), LawEngine(self._law.shelf.choose([self._law.name_of(pack_id)]))
        reaches = [(body.organisation_id, assess(engine, pack_id, body, now).reach) for body in self._customers()]
        ends = [organisation_id for organisation_id, reach in reaches if reach is Reach.ENDS]
        return ends, sum(reach is Reach.UNDETERMINED for _, reach in reaches)

    def _based_in(self, places: frozenset[str]) -> int:
        known = [{body.place, body.office_place} - {None} for body in self._customers()]
        return sum(not places or not at or bool(at & places) for at in known)

    def _customers(self) -> list[Organisation]:
        """Every organisation whose account has not ended, but for that of whoever operates the installation."""
        accounts = self._ground.records.accounts
        own = {user.organisation_id for user in accounts.users() if Role.OPERATOR in user.roles}
        bodies = accounts.organisations()
        return [b for b in bodies if b.organisation_id not in own and b.state is not AccountState.ENDED]

    def _end(self, actor: Actor, pack_id: str) -> Mapping[str, int]:
        return self._people.account_orders.end(actor, pack_id).counts

    def _ordered(self, hold: Hold) -> bool:
        """Whether a pack that decides here demands the hold today."""
        packs = [pack for pack in self._ground.law.packs if pack.pack_id == hold.pack_id]
        in_force = duties_in_force(packs, self._ground.clock.now().date())
        return any(duty.duty_id == hold.duty_id for _, duty in in_force)
