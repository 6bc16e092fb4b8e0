"""What bootstrap builds for customer lists and orders on accounts, from an opened installation.

Never opens keys or records of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from facewarden.adapters.records_sql.customers import SqlCustomerRecords
from facewarden.adapters.records_sql.second_factors import SqlSecondFactors
from facewarden.bootstrap.law import law_shelf
from facewarden.bootstrap.mail import mail_box
from facewarden.law.engine import LawEngine
from facewarden.law.placenames import load_place_names
from facewarden.services.people.account_orders import AccountOrders
from facewarden.services.people.customers.importing import CustomerImport
from facewarden.services.people.second_factors import SecondFactorDesk

if TYPE_CHECKING:
    from facewarden.bootstrap.installation import Installation


def customer_import(installation: Installation) -> CustomerImport:
    """Taking in customer lists."""
    records = SqlCustomerRecords(installation.database, installation.vault)
    accounts, names = installation.records.accounts, load_place_names()
    return CustomerImport(records, accounts, names, installation.gate, installation.log, installation.clock)


def customer_records(installation: Installation) -> SqlCustomerRecords:
    """How lists told what is known of organisations."""
    return SqlCustomerRecords(installation.database, installation.vault)


def second_factor_desk(installation: Installation) -> SecondFactorDesk:
    """Giving second factors out."""
    factors = SqlSecondFactors(installation.database, installation.vault)
    accounts, gate, clock = installation.records.accounts, installation.gate, installation.clock
    return SecondFactorDesk(factors, accounts, gate, clock, installation.name)


def account_orders(installation: Installation) -> AccountOrders:
    """Orders on accounts; an order is known by its pack, adopted or not."""
    records = SqlCustomerRecords(installation.database, installation.vault)
    shelf = law_shelf(installation.settings.data_dir)
    outbox = mail_box(installation.settings, installation.clock)

    def engine_of(pack_id: str) -> LawEngine:
        return LawEngine(shelf.choose([pack_id]))

    accounts, gate, log, clock = installation.records.accounts, installation.gate, installation.log, installation.clock
    return AccountOrders(accounts, records, records, outbox, engine_of, gate, log, clock)
