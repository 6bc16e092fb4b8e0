"""How letters leave: as files, or through the mail server that the settings name. Never connects when it is built."""

from __future__ import annotations

from facewarden.adapters.mail.outbox import FileOutbox
from facewarden.adapters.mail.smtp import SmtpMailBox, mail_server
from facewarden.ports import Clock
from facewarden.settings import Settings

OUTBOX = "outbox"


def mail_box(settings: Settings, clock: Clock) -> FileOutbox | SmtpMailBox:
    """The outbox of files, behind a mail server if one is named; raises BadUseError, UnavailableError."""
    folder, office = settings.data_dir / OUTBOX, settings.office
    outbox = FileOutbox(folder, office.mail_from, clock)
    if office.smtp is None:
        return outbox
    return SmtpMailBox(outbox, folder, mail_server(office.smtp, office.smtp_password_file))
