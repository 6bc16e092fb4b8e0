"""What the services need of the outside, said by them: narrow Protocols, at most five methods each.

Adapters fulfil them; nothing here knows how. Every method may raise `facewarden.errors.Error` and nothing else.
"""

from facewarden.ports.casework import CaseRecords, LeadRecords, Looks, Press, Probes, ReleaseRecords, SearchRecords
from facewarden.ports.collecting import GalleryRecords, IndexFeed, SourceRecords
from facewarden.ports.faces import FaceEngine, FaceIndex, PhotoDecoder, PhotoFiles
from facewarden.ports.people import (
    Acceptances,
    AccountRecords,
    CustomerRecords,
    EndingRecords,
    SecondFactors,
    SessionRecords,
    SignInFailures,
)
from facewarden.ports.system import (
    AuditLog,
    Blobs,
    Clock,
    DataKeys,
    DecisionMemory,
    Jobs,
    MailBox,
    OutcomeLog,
    Passwords,
    ProvingLog,
    Turn,
)
from facewarden.ports.taking_out import ErasedPlaces, ErasureRecords, ErasureTurn, OptOutRequests, SuppressionRecords

__all__ = [
    "Acceptances",
    "AccountRecords",
    "AuditLog",
    "Blobs",
    "CaseRecords",
    "Clock",
    "CustomerRecords",
    "DataKeys",
    "DecisionMemory",
    "EndingRecords",
    "ErasedPlaces",
    "ErasureRecords",
    "ErasureTurn",
    "FaceEngine",
    "FaceIndex",
    "GalleryRecords",
    "IndexFeed",
    "Jobs",
    "LeadRecords",
    "Looks",
    "MailBox",
    "OptOutRequests",
    "OutcomeLog",
    "Passwords",
    "PhotoDecoder",
    "PhotoFiles",
    "Press",
    "Probes",
    "ProvingLog",
    "ReleaseRecords",
    "SearchRecords",
    "SecondFactors",
    "SessionRecords",
    "SignInFailures",
    "SourceRecords",
    "SuppressionRecords",
    "Turn",
]
