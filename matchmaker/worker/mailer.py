"""Sends the mails that are due, one after another, through the connection of Flask-Mailman."""

from __future__ import annotations

import hashlib
import logging
import smtplib
from typing import Any, Final
from urllib.parse import urlsplit

from flask_mailman import EmailMessage
from jinja2 import TemplateError

from matchmaker.config import MailBackend, Settings
from matchmaker.database import Transactions
from matchmaker.domain.clock import utc_now
from matchmaker.extensions import mail as mail_extension
from matchmaker.i18n.mail_texts import mail_text
from matchmaker.services import outbox
from matchmaker.services.outbox import ClaimedMail

log = logging.getLogger(__name__)
AT_A_TIME: Final = 50
"""Mails of one run over one connection."""


def send_due(transactions: Transactions, settings: Settings, *, at_most: int = AT_A_TIME) -> int:
    """Send what is due; return how many mails were taken by the server. Needs an app context.

    Stops when the server cannot be reached: the mail that was tried waits, the others stay due.
    """
    connection: Any = None
    sent = 0
    try:
        for _ in range(at_most):
            with transactions.write() as session:
                claimed = outbox.claim_next(session, now=utc_now())
            if claimed is None:
                break
            try:
                message = compose(transactions, claimed, settings)
                connection = connection or _open()
                message.connection = connection
                message.send()
            except smtplib.SMTPRecipientsRefused as error:
                _failed(transactions, claimed, error, permanent=_is_permanent(error))
                _close(connection)
                connection = None
            except (OSError, smtplib.SMTPException) as error:
                _failed(transactions, claimed, error)
                break
            except (TemplateError, KeyError, ValueError, AttributeError) as error:
                # This mail's fault: the others go on.
                log.exception("mail %s (%s) cannot be written", claimed.id, claimed.code)
                _failed(transactions, claimed, error)
            else:
                with transactions.write() as session:
                    outbox.mark_sent(session, claimed.id, now=utc_now())
                sent += 1
                if settings.mail_backend is not MailBackend.SMTP:  # a file for each mail
                    _close(connection)
                    connection = None
    finally:
        _close(connection)
    return sent


def compose(transactions: Transactions, mail: ClaimedMail, settings: Settings) -> EmailMessage:
    """Return the message of a mail. Its Message-ID follows from the event that it tells of, so that
    a mail which was sent twice can be recognised."""
    with transactions.read() as session:
        subject, body = mail_text(session, mail, settings)
    return EmailMessage(
        subject=subject,
        body=body,
        from_email=settings.mail_sender,
        to=[mail.recipient],
        headers={
            "Message-ID": message_id(mail.key, settings),
            "Content-Language": mail.locale,
            "Auto-Submitted": "auto-generated",
        },
    )


def message_id(key: str, settings: Settings) -> str:
    """Return the Message-ID of the mail with this dedupe key."""
    host = urlsplit(settings.public_url).hostname or "localhost"
    return f"<{hashlib.sha256(key.encode()).hexdigest()[:40]}@{host}>"


def _open() -> Any:
    mailman: Any = mail_extension
    connection = mailman.get_connection()
    connection.open()
    return connection


def _close(connection: Any) -> None:
    if connection is not None:
        try:
            connection.close()
        except (OSError, smtplib.SMTPException) as error:
            log.info("the mail server did not say good-bye: %s", error)


def _failed(
    transactions: Transactions, mail: ClaimedMail, error: Exception, *, permanent: bool = False
) -> None:
    log.warning("mail %s (%s) was not sent: %s", mail.id, mail.code, error)
    with transactions.write() as session:
        outbox.mark_failed(
            session,
            mail.id,
            error=f"{type(error).__name__}: {error}",
            now=utc_now(),
            permanent=permanent,
        )


def _is_permanent(error: smtplib.SMTPRecipientsRefused) -> bool:
    codes = [code for code, _text in error.recipients.values()]
    return bool(codes) and all(code >= 500 for code in codes)
