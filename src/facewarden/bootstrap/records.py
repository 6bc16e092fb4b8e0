"""The records database behind the ports that the services name. Never decides anything, and opens nothing by itself."""

from __future__ import annotations

from facewarden.adapters.blobs.files import EncryptedBlobs
from facewarden.adapters.keys.vault import KeyVault
from facewarden.adapters.records_sql.acceptances import SqlAcceptances
from facewarden.adapters.records_sql.accesses import SqlAccesses
from facewarden.adapters.records_sql.accounts import SqlAccountRecords, SqlSessionRecords, SqlSignInFailures
from facewarden.adapters.records_sql.api_keys import SqlApiKeys
from facewarden.adapters.records_sql.applications import SqlApplications
from facewarden.adapters.records_sql.barred_hosts import SqlHostBars
from facewarden.adapters.records_sql.burns import SqlSeenPhotos
from facewarden.adapters.records_sql.cases import SqlCaseRecords
from facewarden.adapters.records_sql.collections import SqlCollections
from facewarden.adapters.records_sql.consistency import SqlConsistency
from facewarden.adapters.records_sql.customers import SqlCustomerRecords
from facewarden.adapters.records_sql.database import Database
from facewarden.adapters.records_sql.erasures import RecordsAnew, SqlErasures, SqlOwedErasures
from facewarden.adapters.records_sql.feed import SqlIndexFeed
from facewarden.adapters.records_sql.gallery import SqlGalleryRecords
from facewarden.adapters.records_sql.holds import SqlHolds
from facewarden.adapters.records_sql.incidents import SqlIncidents
from facewarden.adapters.records_sql.invitations import SqlInvitations
from facewarden.adapters.records_sql.jobs import SqlJobs
from facewarden.adapters.records_sql.leads import SqlLeads, SqlLooks, SqlReleases
from facewarden.adapters.records_sql.members import SqlMembers, SqlSuspensions, SqlUserSessions
from facewarden.adapters.records_sql.order_runs import SqlDuties, SqlOrderRuns
from facewarden.adapters.records_sql.organisations import SqlDisclosures, SqlOrganisations, SqlSettingProposals
from facewarden.adapters.records_sql.orphans import SqlOrphans
from facewarden.adapters.records_sql.oversight import SqlUse
from facewarden.adapters.records_sql.passkeys import SqlCeremonies, SqlPasskeys
from facewarden.adapters.records_sql.photo_sources import SqlPhotoSources
from facewarden.adapters.records_sql.quarantine import SqlQuarantine
from facewarden.adapters.records_sql.rates import SqlRates
from facewarden.adapters.records_sql.reclosing import SqlReclosing
from facewarden.adapters.records_sql.replays import SqlReplays
from facewarden.adapters.records_sql.request_matters import SqlRequestMatters
from facewarden.adapters.records_sql.requests import SqlPersonRequests, SqlRequestTraffic
from facewarden.adapters.records_sql.searches import SqlProbes, SqlSearchRecords
from facewarden.adapters.records_sql.second_factors import SqlSecondFactors
from facewarden.adapters.records_sql.sources import SqlSourceRecords
from facewarden.adapters.records_sql.suppressions import SqlKeptOut, SqlSuppressions
from facewarden.adapters.records_sql.takedowns import SqlTakedowns
from facewarden.adapters.records_sql.uploads import SqlUploads
from facewarden.adapters.records_sql.withdrawal import SqlWithdrawals


class Records:
    """Every adapter of the records, over one database, one vault of keys and one folder of files."""

    def __init__(self, database: Database, vault: KeyVault, blobs: EncryptedBlobs) -> None:
        self.blobs = blobs
        self.jobs = SqlJobs(database)
        self.rates = SqlRates(database, vault)
        # People and what they sign in with.
        self.accounts = SqlAccountRecords(database)
        self.organisations = SqlOrganisations(database, vault)
        self.setting_proposals = SqlSettingProposals(database, vault)
        self.applications = SqlApplications(database, vault)
        self.customers = SqlCustomerRecords(database, vault)
        self.disclosures = SqlDisclosures(database, vault)
        self.members = SqlMembers(database)
        self.suspensions = SqlSuspensions(database, vault)
        self.invitations = SqlInvitations(database, vault)
        self.second_factors = SqlSecondFactors(database, vault)
        self.passkeys = SqlPasskeys(database)
        self.ceremonies = SqlCeremonies(database)
        self.api_keys = SqlApiKeys(database)
        self.sessions = SqlSessionRecords(database)
        self.user_sessions = SqlUserSessions(database)
        self.sign_in_failures = SqlSignInFailures(database, vault)
        self.use = SqlUse(database)
        # Cases and what came of them.
        self.cases = SqlCaseRecords(database)
        self.probes = SqlProbes(database, blobs)
        self.searches = SqlSearchRecords(database)
        self.acceptances = SqlAcceptances(database)
        self.leads = SqlLeads(database)
        self.releases = SqlReleases(database)
        self.looks = SqlLooks(database)
        # Photos and where they came from.
        self.sources = SqlSourceRecords(database, blobs)
        self.gallery = SqlGalleryRecords(database, vault, blobs)
        self.index_feed = SqlIndexFeed(database, vault)
        self.collections = SqlCollections(database, vault)
        self.uploads = SqlUploads(database, blobs)
        self.hosts = SqlHostBars(database, blobs)
        self.quarantine = SqlQuarantine(database, vault, blobs)
        # How photos and people go.
        self.withdrawals = SqlWithdrawals(database, vault, blobs)
        self.photo_sources = SqlPhotoSources(database, vault, self.withdrawals)
        self.takedowns = SqlTakedowns(database, vault, blobs, self.withdrawals)
        self.reclosing = SqlReclosing(database, vault, self.withdrawals)
        self.holds = SqlHolds(database, self.withdrawals)
        self.duties = SqlDuties(database)
        self.order_runs = SqlOrderRuns(database)
        self.erasures = SqlErasures(database, vault, self.withdrawals)
        self.owed_erasures = SqlOwedErasures(database)
        self.seen_photos = SqlSeenPhotos(database, blobs)
        self.suppressions = SqlSuppressions(database, vault)
        self.kept_out = SqlKeptOut(database, vault, blobs)
        self.incidents = SqlIncidents(database)
        self.replays = SqlReplays(database, vault, blobs)
        self.anew = RecordsAnew(database)
        self.orphans = SqlOrphans(database, vault, blobs)
        self.consistency = SqlConsistency(database, vault, blobs)
        # What people ask for.
        self.person_requests = SqlPersonRequests(database, vault, blobs)
        self.request_traffic = SqlRequestTraffic(database)
        self.request_matters = SqlRequestMatters(database, vault)
        self.accesses = SqlAccesses(database)
