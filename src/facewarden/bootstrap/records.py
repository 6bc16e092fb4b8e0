"""The records database behind the ports that the services name. Never decides anything, and opens nothing by itself."""

from __future__ import annotations

from facewarden.adapters.blobs.files import EncryptedBlobs
from facewarden.adapters.keys.vault import KeyVault
from facewarden.adapters.records_sql.acceptances import SqlAcceptances
from facewarden.adapters.records_sql.accesses import SqlAccesses
from facewarden.adapters.records_sql.accounts import SqlAccountRecords, SqlSessionRecords, SqlSignInFailures
from facewarden.adapters.records_sql.burns import SqlSeenPhotos
from facewarden.adapters.records_sql.cases import SqlCaseRecords
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.erasures import RecordsAnew, SqlErasures, SqlOwedErasures
from facewarden.adapters.records_sql.feed import SqlIndexFeed
from facewarden.adapters.records_sql.gallery import SqlGalleryRecords
from facewarden.adapters.records_sql.incidents import SqlIncidents
from facewarden.adapters.records_sql.jobs import SqlJobs
from facewarden.adapters.records_sql.leads import SqlLeads, SqlLooks, SqlReleases
from facewarden.adapters.records_sql.orphans import SqlOrphans
from facewarden.adapters.records_sql.quarantine import SqlQuarantine
from facewarden.adapters.records_sql.replays import SqlReplays
from facewarden.adapters.records_sql.request_matters import SqlRequestMatters
from facewarden.adapters.records_sql.requests import SqlPersonRequests, SqlRequestTraffic
from facewarden.adapters.records_sql.searches import SqlProbes, SqlSearchRecords
from facewarden.adapters.records_sql.sources import SqlSourceRecords
from facewarden.adapters.records_sql.suppressions import SqlKeptOut, SqlSuppressions
from facewarden.adapters.records_sql.withdrawal import SqlWithdrawals


class Records:
    """Every adapter of the records, over one database, one vault of keys and one folder of files."""

    def __init__(self, database: Database, vault: KeyVault, blobs: EncryptedBlobs) -> None:
        self.blobs = blobs
        self.accounts = SqlAccountRecords(database)
        self.sessions = SqlSessionRecords(database)
        self.sign_in_failures = SqlSignInFailures(database, vault)
        self.cases = SqlCaseRecords(database)
        self.sources = SqlSourceRecords(database, blobs)
        self.gallery = SqlGalleryRecords(database, vault, blobs)
        self.index_feed = SqlIndexFeed(database, vault)
        self.probes = SqlProbes(database, blobs)
        self.searches = SqlSearchRecords(database)
        self.acceptances = SqlAcceptances(database)
        self.leads = SqlLeads(database)
        self.releases = SqlReleases(database)
        self.looks = SqlLooks(database)
        self.jobs = SqlJobs(database)
        self.orphans = SqlOrphans(database, vault, blobs)
        self.withdrawals = SqlWithdrawals(database, vault, blobs)
        self.replays = SqlReplays(database, vault, blobs)
        self.anew = RecordsAnew(database)
        self.owed_erasures = SqlOwedErasures(database)
        self.seen_photos = SqlSeenPhotos(database, blobs)
        self.erasures = SqlErasures(database, vault, self.withdrawals)
        self.suppressions = SqlSuppressions(database, vault)
        self.kept_out = SqlKeptOut(database, vault, blobs)
        self.quarantine = SqlQuarantine(database, vault, blobs)
        self.accesses = SqlAccesses(database)
        self.incidents = SqlIncidents(database)
        self.person_requests = SqlPersonRequests(database, vault, blobs)
        self.request_traffic = SqlRequestTraffic(database)
        self.request_matters = SqlRequestMatters(database, vault)
