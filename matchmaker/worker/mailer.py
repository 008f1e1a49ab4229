"""Sends the mails that are due, one after another, through the connection of Flask-Mailman."""

from __future__ import annotations

import logging
import smtplib
from email.mime.text import MIMEText
from typing import Any, Final
from urllib.parse import urlsplit

from flask_mailman import EmailMessage
from jinja2 import TemplateError
from sqlalchemy.orm import Session

from matchmaker.config import MailBackend, Settings
from matchmaker.database import Transactions
from matchmaker.domain.clock import utc_now
from matchmaker.domain.notifications import ALWAYS, CODES, DIGEST, TALK_KINDS, BounceCode
from matchmaker.domain.vocabulary import MeetingState
from matchmaker.extensions import mail as mail_extension
from matchmaker.i18n.locales import site_locale
from matchmaker.i18n.mail_texts import mail_text
from matchmaker.i18n.meeting_calendar import calendar_file, method_of
from matchmaker.i18n.pages import page_address
from matchmaker.models import OutgoingMail
from matchmaker.queries.actors import load_actor
from matchmaker.queries.meetings import meeting_by_reference
from matchmaker.queries.talks import takes_part
from matchmaker.services import bounces, outbox
from matchmaker.services.delivery_reports import enhanced_status
from matchmaker.services.mail_links import unsubscribe_token
from matchmaker.services.outbox import ClaimedMail

log = logging.getLogger(__name__)
AT_A_TIME: Final = 50
"""Mails of one run over one connection."""
_PROPOSED: Final = "match_meeting_proposed"
_WITH_CALENDAR: Final = frozenset(
    {
        _PROPOSED,
        "match_meeting_accepted",
        "match_meeting_cancelled",
        "match_meeting_declined",
    }
)
"""Mails that bring a file for the reader's calendar."""


def send_due(transactions: Transactions, settings: Settings, *, at_most: int = AT_A_TIME) -> int:
    """Send what is due; return how many mails were taken by the server. Needs an app context.

    Stops when the server cannot be reached: the mail that was tried waits, the others stay due.
    """
    line = _Line(keep_open=settings.mail_backend is MailBackend.SMTP)
    sent = 0
    try:
        for _ in range(at_most):
            with transactions.write() as session:
                claimed = outbox.claim_next(session, now=utc_now())
            if claimed is None:
                break
            if _dropped(transactions, claimed):
                continue
            message = _compose_or_fail(transactions, claimed, settings)
            if message is None:
                continue
            try:
                line.send(message)
            except smtplib.SMTPRecipientsRefused as error:
                _refused(transactions, claimed, error)
            except ValueError as error:  # a line break in a header
                _failed(transactions, claimed, error, permanent=True)
            except (OSError, smtplib.SMTPException) as error:
                _failed(transactions, claimed, error)
                break
            else:
                with transactions.write() as session:
                    outbox.mark_sent(session, claimed.id, now=utc_now())
                sent += 1
    finally:
        line.close()
    return sent


class _Line:
    """A connection that is opened when it is needed; files get one for each mail."""

    def __init__(self, *, keep_open: bool) -> None:
        self._keep_open = keep_open
        self._connection: Any = None

    def send(self, message: EmailMessage) -> None:
        """Send one mail."""
        if self._connection is None:
            mailman: Any = mail_extension
            self._connection = mailman.get_connection()
            self._connection.open()
        message.connection = self._connection
        try:
            message.send()
        except smtplib.SMTPRecipientsRefused:
            self.close()
            raise
        if not self._keep_open:
            self.close()

    def close(self) -> None:
        """End the connection, if there is one."""
        connection, self._connection = self._connection, None
        if connection is not None:
            try:
                connection.close()
            except (OSError, smtplib.SMTPException) as error:
                log.info("the mail server did not say good-bye: %s", error)


def _dropped(transactions: Transactions, mail: ClaimedMail) -> bool:
    """Drop a mail whose reader takes no part in the talks any more: it may have waited for long."""
    if CODES.get(mail.code) not in TALK_KINDS:
        return False
    with transactions.read() as session:
        reader = load_actor(session, mail.user_id, now=utc_now())
        if takes_part(session, reader, str(mail.data.get("reference"))):
            return False
    with transactions.write() as session:
        outbox.mark_dropped(session, mail.id, why="the reader takes no part in the talks")
    log.info("mail %s (%s) was dropped: its reader takes no part", mail.id, mail.code)
    return True


def _compose_or_fail(
    transactions: Transactions, mail: ClaimedMail, settings: Settings
) -> EmailMessage | None:
    """A mail that cannot be written is that mail's fault: the others go on."""
    try:
        return compose(transactions, mail, settings)
    except (TemplateError, KeyError, ValueError, TypeError, AttributeError) as error:
        log.exception("mail %s (%s) cannot be written", mail.id, mail.code)
        _failed(transactions, mail, error)
        return None


def compose(transactions: Transactions, mail: ClaimedMail, settings: Settings) -> EmailMessage:
    """Return the message of a mail. Its Message-ID follows from the event that it tells of, so that
    a mail which was sent twice can be recognised."""
    unsubscribe = _unsubscribe_address(mail, settings)
    with transactions.read() as session:
        subject, body = mail_text(session, mail, settings, unsubscribe=unsubscribe)
        entry = _calendar_entry(session, mail, settings)
    message = EmailMessage(
        subject=subject,
        body=body,
        from_email=settings.mail_sender,
        to=[mail.recipient],
        headers={
            "Message-ID": message_id(mail.key, settings),
            "Content-Language": mail.locale,
            "Auto-Submitted": "auto-generated",
            **_unsubscribe_headers(unsubscribe),
        },
    )
    if entry is not None:
        message.attach(entry)
    return message


def _unsubscribe_address(mail: ClaimedMail, settings: Settings) -> str:
    """Return where the reader stops mails of this kind; '' for mails that always go."""
    kind = CODES.get(mail.code)
    if mail.mail_key is None or kind in ALWAYS or (kind is None and mail.code != DIGEST):
        return ""
    token = unsubscribe_token(settings.secret_key, mail.mail_key, kind)
    return page_address(settings, "unsubscribe", site_locale(mail.locale) or "en", token)


def _unsubscribe_headers(address: str) -> dict[str, str]:
    """RFC 8058: mail programs show a button that posts to the address."""
    if not address:
        return {}
    return {
        "List-Unsubscribe": f"<{address}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    }


def _calendar_entry(session: Session, mail: ClaimedMail, settings: Settings) -> MIMEText | None:
    """Return what puts a meeting into the reader's calendar, or takes it out, as the meeting is
    now: made from its row, so that a mail that waited brings nothing old."""
    if mail.code not in _WITH_CALENDAR:
        return None
    meeting = meeting_by_reference(session, str(mail.data["meeting"]))
    method = method_of(meeting) if meeting is not None else None
    if meeting is None or method is None:
        return None
    if mail.code == _PROPOSED and meeting.state is not MeetingState.PROPOSED:
        return None  # the mail about what became of it brings the file
    locale = site_locale(mail.locale) or "en"
    content = calendar_file(meeting, method, settings, locale=locale, attendee=mail.recipient)
    part = MIMEText(content.decode(), "calendar", "utf-8")
    part.set_param("method", method.value)
    part.add_header("Content-Disposition", "attachment", filename=f"{meeting.reference}.ics")
    return part


def message_id(key: str, settings: Settings) -> str:
    """Return the Message-ID of the mail with this dedupe key."""
    host = urlsplit(settings.public_url).hostname or "localhost"
    return f"<{outbox.message_mark(key)}@{host}>"


def _failed(
    transactions: Transactions,
    mail: ClaimedMail,
    error: Exception,
    *,
    said: str = "",
    permanent: bool = False,
) -> None:
    """`said` is what the mail server answered, where it did."""
    log.warning("mail %s (%s) was not sent: %s", mail.id, mail.code, error)
    with transactions.write() as session:
        outbox.mark_failed(
            session,
            mail.id,
            error=said or f"{type(error).__name__}: {error}",
            now=utc_now(),
            permanent=permanent,
        )


def _refused(
    transactions: Transactions, mail: ClaimedMail, error: smtplib.SMTPRecipientsRefused
) -> None:
    """The server does not take the address: for good, or for now."""
    permanent = _is_permanent(error)
    replies = [
        f"{code} {reply.decode(errors='replace')}" for code, reply in error.recipients.values()
    ]
    _failed(transactions, mail, error, said="; ".join(replies), permanent=permanent)
    if permanent:
        with transactions.write() as session:
            bounces.record(
                session, session.get_one(OutgoingMail, mail.id), code=BounceCode.PERMANENT,
                status=enhanced_status(replies[0]), key=f"refused:{mail.id}", now=utc_now(),
            )  # fmt: skip


def _is_permanent(error: smtplib.SMTPRecipientsRefused) -> bool:
    codes = [code for code, _text in error.recipients.values()]
    return bool(codes) and all(code >= 500 for code in codes)
