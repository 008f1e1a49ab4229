"""The private thread of a case: writing, reading, and asking for a machine's version."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from matchmaker.database import upsert
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import TEXT_LANGUAGES, reads
from matchmaker.domain.listing_content import clean_text
from matchmaker.domain.permissions import Actor
from matchmaker.matching.analysis import identify
from matchmaker.models import (
    Attachment,
    CaseFile,
    CaseMessage,
    CaseMessageTranslation,
    CaseReading,
    Match,
)
from matchmaker.queries.talks import Talk, last_read, talk_of
from matchmaker.services import audit, talk_notices
from matchmaker.services.attachments import store_file
from matchmaker.services.listing_texts import SURE_FROM, in_unicode
from matchmaker.services.match_sides import deciding_centre

MAX_MESSAGE: Final = 5000
MAX_FILES: Final = 5


@dataclass(frozen=True, slots=True)
class Upload:
    """A file as it came: its bytes and the name that the person gave it."""

    content: bytes
    filename: str


def open_talk(session: Session, actor: Actor, match: Match) -> Talk:
    """Return the talks of a match for somebody who is about to add to them, the match locked: what
    two people do at the same moment happens one after the other.

    Raises DomainError: NOT_FOUND (who takes no part in it), THREAD_CLOSED.
    """
    session.flush()
    session.refresh(match, with_for_update=True)
    talk = talk_of(actor, match)
    if talk is None or actor.user_id is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    if not talk.open:
        raise DomainError(ErrorCode.THREAD_CLOSED)
    return talk


def write_message(
    session: Session,
    actor: Actor,
    match: Match,
    *,
    body: str,
    language: str | None = None,
    files: Sequence[Upload] = (),
    folder: Path,
    translate: bool = False,
    now: datetime,
) -> CaseMessage:
    """Add a message to the thread, and tell the others once.

    Without `language` it is recognised. `folder` is the upload folder; `translate`: whether a
    machine makes versions in the languages of those who take part.
    Raises DomainError: those of `open_talk`, TEXT_EMPTY, TEXT_TOO_LONG, TEXT_UNREADABLE_ENCODING,
    UNKNOWN_CODE, TOO_MANY_FILES, and those of `store_file`.
    """
    talk = open_talk(session, actor, match)
    text = _text(body)
    if language is not None and language not in TEXT_LANGUAGES:
        raise DomainError(ErrorCode.UNKNOWN_CODE, field="language", value=language)
    if len(files) > MAX_FILES:
        raise DomainError(ErrorCode.TOO_MANY_FILES, field="files", limit=MAX_FILES)
    message = CaseMessage(
        match=match,
        author_id=actor.user_id,
        side=talk.side,
        centre_id=_centre(session, actor, talk, now),
        language=language or recognised(text, actor.locale),
        body=text,
        at=now,
    )
    for position, upload in enumerate(files):
        attachment = _stored(actor, upload, folder, now)
        message.files.append(CaseFile(attachment=attachment, position=position))
    session.add(message)
    audit.record(
        session, actor, audit.AuditAction.MESSAGE_WRITTEN, match, now=now,
        message=message.id, files=len(files),
    )  # fmt: skip
    _tell(session, match, message, translate=translate, now=now)
    return message


def _text(body: str) -> str:
    text = in_unicode("body", clean_text(body))
    if not text:
        raise DomainError(ErrorCode.TEXT_EMPTY, field="body")
    if len(text) > MAX_MESSAGE:
        raise DomainError(
            ErrorCode.TEXT_TOO_LONG, field="body", limit=MAX_MESSAGE, length=len(text)
        )
    return text


def _centre(session: Session, actor: Actor, talk: Talk, now: datetime) -> int | None:
    if talk.side is not None:
        return None
    return deciding_centre(session, actor, talk.match.centre_id(talk.sides[0]), now=now)


def _stored(actor: Actor, upload: Upload, folder: Path, now: datetime) -> Attachment:
    try:
        return store_file(
            actor, content=upload.content, filename=upload.filename, folder=folder, now=now
        )
    except DomainError as error:
        raise DomainError(error.code, field="files", **error.data) from error


def recognised(text: str, otherwise: str) -> str:
    """Return the language that a text surely is in, else `otherwise`."""
    found = identify(text)
    sure = found.confidence >= SURE_FROM and found.language in TEXT_LANGUAGES
    return found.language if sure else otherwise


def _tell(
    session: Session, match: Match, message: CaseMessage, *, translate: bool, now: datetime
) -> None:
    """Tell the others, each once until they have read: what they read last names the event."""
    for person, side in talk_notices.participants(session, match, now=now).items():
        if person.id == message.author_id:
            continue
        talk_notices.tell(
            session, match, person, side, code="match_message", now=now,
            event=str(last_read(session, match.id, person.id)),
        )  # fmt: skip
        if translate and not reads(frozenset({person.locale}), message.language):
            _want(message, person.locale, now)


def want_translation(
    session: Session, actor: Actor, message: CaseMessage, language: str, *, now: datetime
) -> CaseMessageTranslation:
    """Ask for a machine's version of a message, again where it failed; the worker makes it.

    Raises DomainError: NOT_FOUND (who takes no part in the talks), UNKNOWN_CODE.
    """
    if talk_of(actor, message.match) is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    if language not in TEXT_LANGUAGES or language == message.language:
        raise DomainError(ErrorCode.UNKNOWN_CODE, field="language", value=language)
    wanted = _want(message, language, now)
    session.flush()
    return wanted


def _want(message: CaseMessage, language: str, now: datetime) -> CaseMessageTranslation:
    wanted = message.translation(language)
    if wanted is None:
        wanted = CaseMessageTranslation(language=language, next_attempt_at=now, attempts=0)
        message.translations.append(wanted)
    elif wanted.failed:
        wanted.next_attempt_at, wanted.attempts = now, 0
    return wanted


def mark_read(session: Session, actor: Actor, message: CaseMessage, *, now: datetime) -> None:
    """Write down that the actor read the thread up to a message.

    Raises DomainError NOT_FOUND for who takes no part in the talks.
    """
    if talk_of(actor, message.match) is None or actor.user_id is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    reading = session.get(CaseReading, (message.match_id, actor.user_id), with_for_update=True)
    if reading is None:
        row = {
            "match_id": message.match_id,
            "user_id": actor.user_id,
            "last_message_id": message.id,
            "read_at": now,
        }
        upsert(session, CaseReading.__table__, [row], key=["match_id", "user_id"])  # type: ignore[arg-type]
    elif reading.last_message_id < message.id:
        reading.last_message_id, reading.read_at = message.id, now
