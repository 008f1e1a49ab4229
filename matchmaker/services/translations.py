"""The translation queue: texts that staff cannot read, and the people who can translate them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import BRIDGE, READABLE_AS, TEXT_LANGUAGES, reads
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import (
    TEXT_LIMITS,
    RevisionState,
    TextField,
    TextOrigin,
    TranslationState,
)
from matchmaker.matching.analysis.identification import identify
from matchmaker.matching.analysis.zawgyi import burmese_encoding, to_unicode
from matchmaker.models import (
    Centre,
    CentreLanguage,
    ListingRevision,
    ListingText,
    TranslationRequest,
)
from matchmaker.queries.centres import head_office
from matchmaker.services import audit, moderation_notices, public_listings
from matchmaker.services.audit import AuditAction

COMMON: Final = frozenset({BRIDGE, "zh-Hans"})
"""The languages of which the other side's staff read at least one."""

TRANSLATED_FIELDS: Final[tuple[TextField, ...]] = tuple(
    field for field in TextField if field is not TextField.CONFIDENTIAL_DETAIL
)
"""Confidential detail is read in a case only, so translators do not see it."""

_SURE_ENOUGH: Final = 0.8
_LONG_ENOUGH: Final = 40


def want(
    session: Session, actor: Actor, revision: ListingRevision, language: str, now: datetime
) -> TranslationRequest | None:
    """Ask for a revision's text in `language`, once: the open request is returned if there is one.

    It enters the queue of the centre that reads the original. None where somebody has written the
    text in that language since the original last changed. Raises DomainError UNKNOWN_CODE for an
    unknown language.
    """
    if language not in TEXT_LANGUAGES:
        raise DomainError(ErrorCode.UNKNOWN_CODE, value=language)
    text = revision.text(language)
    if text is not None and text.origin is not TextOrigin.MACHINE and not outdated(text):
        return None
    request = _open_request(session, revision, language)
    if request is not None:
        return request
    request = TranslationRequest(
        revision_id=revision.id,
        language=language,
        centre=_centre_for(session, revision, language),
        state=TranslationState.WANTED,
        created_at=now,
    )
    try:
        with session.begin_nested():
            session.add(request)
    except IntegrityError:  # somebody else asked at the same moment
        return _open_request(session, revision, language)
    audit.record(
        session, actor, AuditAction.TRANSLATION_WANTED, revision.listing,
        now=now, revision=revision.number, language=language, centre=request.centre_id,
    )  # fmt: skip
    return request


def want_for_review(
    session: Session, actor: Actor, revision: ListingRevision, *, now: datetime
) -> list[TranslationRequest]:
    """Ask for what staff need to read a submitted or published revision.

    The reviewing centre needs a version that it reads, and the other side's staff an English or a
    Chinese one; where neither is missing nothing happens.
    """
    session.flush()
    written = [text.language for text in revision.texts]
    wanted = []
    centre = revision.listing.centre
    if centre is not None:
        languages = centre_languages(centre)
        if not any(reads(languages, language) for language in written):
            wanted.append(preferred_language(languages))
    if not any(reads(COMMON, language) for language in (*written, *wanted)):
        wanted.append(BRIDGE)
    requests = (want(session, actor, revision, language, now) for language in wanted)
    return [request for request in requests if request is not None]


def write(
    session: Session,
    actor: Actor,
    request: TranslationRequest,
    fields: Mapping[TextField, str],
    *,
    now: datetime,
    version: int | None = None,
    keep_language: bool = False,
) -> ListingText:
    """Save a human translation; a machine's is replaced, and an empty field stays empty.

    `version` is the request's lock_version that the translator saw. `keep_language` accepts a text
    that looks like another language. Raises DomainError: STALE, TRANSLATION_DONE, NOT_ALLOWED,
    DECISION_OWN_ORGANISATION, TEXT_EMPTY (the title), TEXT_TOO_LONG, LANGUAGE_DIFFERS and
    TEXT_UNREADABLE_ENCODING, with the field that is meant.
    """
    revision = _may_work_on(actor, request, version)
    written = _checked(fields, request.language, keep_language=keep_language)
    text = revision.text(request.language)
    if text is None:
        text = ListingText(language=request.language, origin=TextOrigin.HUMAN, updated_at=now)
        revision.texts.append(text)
    elif text.origin is TextOrigin.ORIGINAL:
        raise DomainError(ErrorCode.TRANSLATION_DONE)
    text.origin = TextOrigin.HUMAN
    for field in TRANSLATED_FIELDS:
        setattr(text, field.value, written.get(field, ""))
    text.written_by_id = actor.user_id
    text.updated_at = now
    request.state = TranslationState.DONE
    request.done_at = now
    request.done_by_id = actor.user_id
    _hand_on(revision, text)
    audit.record(
        session, actor, AuditAction.TRANSLATION_WRITTEN, revision.listing,
        now=now, revision=revision.number, language=request.language,
    )  # fmt: skip
    if revision.state is RevisionState.PUBLISHED:
        public_listings.refresh(session, revision.listing, now)
    return text


def pass_on(
    session: Session,
    actor: Actor,
    request: TranslationRequest,
    centre: Centre,
    *,
    now: datetime,
    version: int | None = None,
) -> TranslationRequest:
    """Ask another centre that reads both languages; its staff are written to.

    Raises DomainError as `write` does, and CENTRE_CANNOT_READ.
    """
    revision = _may_work_on(actor, request, version)
    languages = centre_languages(centre)
    wanted = (revision.original_language, request.language)
    if not centre.active or not all(reads(languages, language) for language in wanted):
        raise DomainError(ErrorCode.CENTRE_CANNOT_READ, field="centre")
    asked_by = request.centre
    if centre is asked_by:
        return request
    request.asked_by_centre = asked_by
    request.centre = centre
    audit.record(
        session, actor, AuditAction.TRANSLATION_PASSED_ON, revision.listing,
        now=now, language=request.language, from_centre=asked_by.id, to_centre=centre.id,
    )  # fmt: skip
    moderation_notices.translation_asked(session, request, now=now)
    return request


def drop(
    session: Session,
    actor: Actor,
    request: TranslationRequest,
    *,
    now: datetime,
    version: int | None = None,
) -> TranslationRequest:
    """Take a request out of the queue: nobody needs this translation any more."""
    revision = _may_work_on(actor, request, version)
    request.state = TranslationState.DROPPED
    request.done_at = now
    request.done_by_id = actor.user_id
    audit.record(
        session, actor, AuditAction.TRANSLATION_DROPPED, revision.listing,
        now=now, revision=revision.number, language=request.language,
    )  # fmt: skip
    return request


def drop_open(session: Session, revision: ListingRevision) -> None:
    """Take all requests about a revision that nobody reads any more out of the queue."""
    for request in session.scalars(
        select(TranslationRequest).where(
            TranslationRequest.revision_id == revision.id,
            TranslationRequest.state == TranslationState.WANTED,
        )
    ):
        request.state = TranslationState.DROPPED


def centre_languages(centre: Centre) -> frozenset[str]:
    """Return the languages that a centre's staff read."""
    return frozenset(row.language for row in centre.languages)


def preferred_language(languages: frozenset[str]) -> str:
    """Return what a centre would rather read: English or Chinese, else any of its own languages."""
    for language in (BRIDGE, "zh-Hans", *sorted(languages)):
        if language in languages:
            return language
    return BRIDGE


def outdated(text: ListingText) -> bool:
    """Tell whether the original was changed after this translation of it was written."""
    original = text.revision.original
    return original is not None and text.updated_at < original.updated_at


def same_text(one: ListingText, other: ListingText) -> bool:
    """Tell whether two texts say the same in every field that is translated."""
    return all(one.get(field) == other.get(field) for field in TRANSLATED_FIELDS)


def copy_text(text: ListingText) -> ListingText:
    """Return a copy of a translation, for another revision with the same original."""
    copied = {field.value: text.get(field) for field in TextField}
    return ListingText(
        language=text.language,
        origin=text.origin,
        written_by_id=text.written_by_id,
        updated_at=text.updated_at,
        **copied,
    )


def _open_request(
    session: Session, revision: ListingRevision, language: str
) -> TranslationRequest | None:
    return session.scalar(
        select(TranslationRequest).where(
            TranslationRequest.revision_id == revision.id,
            TranslationRequest.language == language,
            TranslationRequest.state == TranslationState.WANTED,
        )
    )


def _centre_for(session: Session, revision: ListingRevision, language: str) -> Centre:
    """The active centre that reads the original and the wanted language.

    The listing's own centre first, then the one that reads fewest languages besides, then the
    first; where none reads both, one that reads the original; else the head office.
    """
    original = revision.original_language
    readable = {original, READABLE_AS.get(original, original)}
    centres = list(
        session.scalars(
            select(Centre)
            .where(
                Centre.active,
                Centre.id.in_(
                    select(CentreLanguage.centre_id).where(CentreLanguage.language.in_(readable))
                ),
            )
            .order_by(Centre.id)
        ).unique()
    )
    own = revision.listing.centre_id
    centres.sort(
        key=lambda centre: (
            not reads(centre_languages(centre), language),
            centre.id != own,
            len(centre.languages),
            centre.id,
        )
    )
    return centres[0] if centres else head_office(session)


def _may_work_on(actor: Actor, request: TranslationRequest, version: int | None) -> ListingRevision:
    listing = request.revision.listing
    if not actor.system:
        if not actor.may(Permission.TRANSLATION_CENTRE_WRITE):
            raise DomainError(ErrorCode.NOT_ALLOWED)
        if listing.organisation_id in actor.organisation_ids:
            raise DomainError(ErrorCode.DECISION_OWN_ORGANISATION)
        if request.centre_id not in actor.acting_centre_ids:
            raise DomainError(ErrorCode.NOT_ALLOWED)
    if request.state is not TranslationState.WANTED:
        raise DomainError(ErrorCode.TRANSLATION_DONE)
    if version is not None and request.lock_version != version:
        raise DomainError(ErrorCode.STALE)
    return request.revision


def _checked(
    fields: Mapping[TextField, str], language: str, *, keep_language: bool
) -> dict[TextField, str]:
    written = {
        field: _readable(field, text.strip())
        for field, text in fields.items()
        if field in TRANSLATED_FIELDS
    }
    if not written.get(TextField.TITLE):
        raise DomainError(ErrorCode.TEXT_EMPTY, field=TextField.TITLE.value)
    for field, text in written.items():
        limit = TEXT_LIMITS[field]
        if len(text) > limit:
            raise DomainError(
                ErrorCode.TEXT_TOO_LONG, field=field.value, limit=limit, length=len(text)
            )
    longest = max(written, key=lambda field: len(written[field]))
    if not keep_language and len(written[longest]) >= _LONG_ENOUGH:
        found = identify(written[longest])
        known = found.language in TEXT_LANGUAGES
        if known and found.confidence >= _SURE_ENOUGH and not _alike(found.language, language):
            raise DomainError(
                ErrorCode.LANGUAGE_DIFFERS,
                field=longest.value,
                detected=found.language,
                declared=language,
            )
    return written


def _readable(field: TextField, text: str) -> str:
    encoding = burmese_encoding(text)
    if encoding == "unclear":
        raise DomainError(ErrorCode.TEXT_UNREADABLE_ENCODING, field=field.value)
    return to_unicode(text) if encoding == "zawgyi" else text


def _alike(one: str, other: str) -> bool:
    """Malay and Indonesian, and the two ways to write Chinese, are too close to judge."""
    close = ({"id", "ms"}, {"zh-Hans", "zh-Hant"}, {"pt", "tet"})
    return one == other or any({one, other} <= pair for pair in close)


def _hand_on(revision: ListingRevision, text: ListingText) -> None:
    """Give a pending revision with the same original the translation too."""
    pending = revision.listing.working
    if pending is None or pending is revision or pending.text(text.language) is not None:
        return
    if (
        revision.original is not None
        and pending.original is not None
        and pending.original_language == revision.original_language
        and same_text(revision.original, pending.original)
    ):
        pending.texts.append(copy_text(text))
