"""Writing a listing: each verb saves one part of a draft, complete or not."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.listing_content import (
    COLUMNS,
    MAX_OWN_NUMBER,
    Details,
    clean_text,
    detail_problems,
    for_kind,
)
from matchmaker.domain.permissions import Actor
from matchmaker.domain.references import Prefix, new_reference
from matchmaker.domain.vocabulary import (
    CodeField,
    ListingKind,
    ListingState,
    RevisionState,
    TextField,
    TextOrigin,
)
from matchmaker.models import (
    Listing,
    ListingCode,
    ListingRevision,
    ListingText,
    Organisation,
    Sector,
)
from matchmaker.services import audit
from matchmaker.services.listing_access import acts_for, lock, open_revision, today_at, touch
from matchmaker.services.listing_texts import check_language, prepare


def create_listing(
    session: Session,
    actor: Actor,
    organisation: Organisation,
    *,
    kind: ListingKind,
    language: str,
    own_number: str | None = None,
    now: datetime,
) -> Listing:
    """Start a listing of an organisation: a draft with an empty text in `language`.

    Raises DomainError: NOT_ALLOWED, ORGANISATION_HAS_ACCOUNT, UNKNOWN_CODE (the language),
    TEXT_TOO_LONG (the own number).
    """
    acts_for(session, actor, organisation)
    _check_known(language)
    is_member = organisation.id in actor.organisation_ids
    listing = Listing(
        reference=new_reference(Prefix[kind.name]),
        kind=kind,
        state=ListingState.DRAFT,
        organisation=organisation,
        contact_id=actor.user_id if is_member else None,
        created_by_id=actor.user_id,
        own_number=_own_number(own_number),
        created_at=now,
        state_changed_at=now,
    )
    revision = ListingRevision(
        number=1, state=RevisionState.WORKING, original_language=language, created_at=now
    )
    revision.texts.append(_new_text(actor, language, TextOrigin.ORIGINAL, now))
    listing.revisions.append(revision)
    session.add(listing)
    audit.record(
        session, actor, audit.AuditAction.LISTING_CREATED, listing,
        now=now, kind=kind, organisation=organisation.reference,
    )  # fmt: skip
    return listing


def save_text(
    session: Session,
    actor: Actor,
    listing: Listing,
    language: str,
    texts: Mapping[TextField, str],
    *,
    version: int | None = None,
    confirmed: bool = False,
    now: datetime,
) -> ListingText:
    """Save some fields of the text in `language`; fields not named stay as they are.

    `version` is the text's lock_version that the writer saw, `confirmed` says that the language is
    right although it looks like another one. Raises DomainError: those of `open_revision`,
    NOT_FOUND, STALE, TEXT_TOO_LONG, TEXT_UNREADABLE_ENCODING, LANGUAGE_DIFFERS.
    """
    revision = open_revision(session, actor, listing)
    text = revision.text(language)
    if text is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    session.refresh(text)
    if version is not None and text.lock_version != version:
        raise DomainError(ErrorCode.STALE)
    prepared = prepare(texts)
    original = text.origin is TextOrigin.ORIGINAL
    if not (confirmed or (original and revision.confirmed_original)):
        check_language(prepared, language)
    if confirmed and original:
        revision.confirmed_original = True
    if not original and not prepared.get(TextField.TITLE, text.title):
        raise DomainError(ErrorCode.TEXT_EMPTY, field=TextField.TITLE)
    changed = {name: value for name, value in prepared.items() if text.get(name) != value}
    if changed:
        for name, value in changed.items():
            setattr(text, name.value, value)
        text.updated_at = now
        text.written_by_id = actor.user_id
        if not original:
            text.origin = TextOrigin.HUMAN
        touch(revision)
        _changed(session, actor, listing, now=now, fields=list(changed), language=language)
    return text


def set_language(
    session: Session, actor: Actor, listing: Listing, language: str, *, now: datetime
) -> ListingRevision:
    """Correct the language in which the original is written.

    Raises DomainError: those of `open_revision`, UNKNOWN_CODE, LISTING_LANGUAGE_EXISTS.
    """
    revision = open_revision(session, actor, listing)
    _check_known(language)
    if language == revision.original_language:
        return revision
    if revision.text(language) is not None:
        raise DomainError(ErrorCode.LISTING_LANGUAGE_EXISTS, field="language", language=language)
    original = revision.original
    if original is not None:
        original.language = language
    revision.original_language = language
    revision.confirmed_original = False
    _changed(session, actor, listing, now=now, fields=["original_language"], language=language)
    return revision


def add_language(
    session: Session,
    actor: Actor,
    listing: Listing,
    language: str,
    texts: Mapping[TextField, str],
    *,
    confirmed: bool = False,
    now: datetime,
) -> ListingText:
    """Add a version in a further language; it needs a title. A machine's version gives way.

    Raises DomainError: those of `save_text`, UNKNOWN_CODE, LISTING_LANGUAGE_EXISTS, TEXT_EMPTY.
    """
    revision = open_revision(session, actor, listing)
    _check_known(language)
    existing = revision.text(language)
    if existing is not None and existing.origin is not TextOrigin.MACHINE:
        raise DomainError(ErrorCode.LISTING_LANGUAGE_EXISTS, field="language", language=language)
    prepared = prepare(texts)
    if not prepared.get(TextField.TITLE):
        raise DomainError(ErrorCode.TEXT_EMPTY, field=TextField.TITLE)
    if not confirmed:
        check_language(prepared, language)
    text = existing or _new_text(actor, language, TextOrigin.HUMAN, now)
    for name in TextField:
        setattr(text, name.value, prepared.get(name, ""))
    text.origin, text.updated_at, text.written_by_id = TextOrigin.HUMAN, now, actor.user_id
    if existing is None:
        revision.texts.append(text)
    touch(revision)
    audit.record(
        session, actor, audit.AuditAction.LISTING_TEXT_ADDED, listing, now=now, language=language
    )
    return text


def remove_language(
    session: Session, actor: Actor, listing: Listing, language: str, *, now: datetime
) -> ListingRevision:
    """Remove the version in a further language; the original stays.

    Raises DomainError: those of `open_revision`, NOT_FOUND, NOT_ALLOWED (the original).
    """
    revision = open_revision(session, actor, listing)
    text = revision.text(language)
    if text is None:
        raise DomainError(ErrorCode.NOT_FOUND)
    if text.origin is TextOrigin.ORIGINAL:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    revision.texts.remove(text)
    touch(revision)
    _changed(session, actor, listing, now=now, fields=["text_removed"], language=language)
    return revision


def details_of(revision: ListingRevision) -> Details:
    """Return the details of a revision as `save_details` takes them."""
    codes = {name: values for name in CodeField if (values := revision.values(name))}
    return Details(**{name: getattr(revision, name) for name in COLUMNS}, codes=codes)


def save_details(
    session: Session,
    actor: Actor,
    listing: Listing,
    details: Details,
    *,
    version: int | None = None,
    now: datetime,
) -> ListingRevision:
    """Save all details of the working revision; those that its kind does not have are left out.

    Only what differs from what is saved is checked, so that one page never complains of another.
    Raises DomainError: those of `open_revision` and of `detail_problems`; `field` names the detail.
    """
    revision = open_revision(session, actor, listing, version)
    saved = details_of(revision)
    wanted = for_kind(listing.kind, details)
    changed = {name for name in COLUMNS if getattr(wanted, name) != getattr(saved, name)}
    changed |= {name for name in CodeField if wanted.values(name) != saved.values(name)}
    if not changed:
        return revision
    related = changed | ({"currency", "price_min", "budget_min"} if changed & _AMOUNTS else set())
    known = frozenset(session.scalars(select(Sector.code)))
    for problem in detail_problems(
        wanted, sectors=known, today=today_at(listing.organisation, now)
    ):
        if problem.field in related:
            raise problem
    for name in COLUMNS:
        setattr(revision, name, getattr(wanted, name))
    _set_codes(revision, wanted)
    touch(revision)
    _changed(session, actor, listing, now=now, fields=sorted(str(name) for name in changed))
    return revision


_AMOUNTS = frozenset({"price_min", "price_max", "budget_min", "budget_max", "currency"})


def save_options(
    session: Session,
    actor: Actor,
    listing: Listing,
    *,
    own_number: str | None,
    open_for_interest: bool,
    now: datetime,
) -> Listing:
    """Set what holds for the listing at once, whatever becomes of its text.

    Raises DomainError: NOT_ALLOWED, ORGANISATION_HAS_ACCOUNT, TEXT_TOO_LONG, LISTING_DUPLICATE
    (another listing of the organisation has this own number; `reference` names it).
    """
    acts_for(session, actor, listing.organisation)
    lock(session, listing)
    number = _own_number(own_number)
    if (listing.own_number, listing.open_for_interest) == (number, open_for_interest):
        return listing
    if number is not None and number != listing.own_number:
        taken = session.scalar(
            select(Listing.reference).where(
                Listing.organisation_id == listing.organisation_id, Listing.own_number == number
            )
        )
        if taken is not None:
            raise DomainError(ErrorCode.LISTING_DUPLICATE, field="own_number", reference=taken)
    listing.own_number = number
    listing.open_for_interest = open_for_interest
    _changed(session, actor, listing, now=now, fields=["own_number", "open_for_interest"])
    return listing


def _set_codes(revision: ListingRevision, details: Details) -> None:
    existing = {(code.field, code.value): code for code in revision.codes}
    codes = []
    for field, values in details.codes.items():
        for position, value in enumerate(values):
            code = existing.get((field, value)) or ListingCode(field=field, value=value)
            code.position = position
            codes.append(code)
    revision.codes = codes


def _new_text(actor: Actor, language: str, origin: TextOrigin, now: datetime) -> ListingText:
    return ListingText(
        language=language,
        origin=origin,
        updated_at=now,
        written_by_id=actor.user_id,
        **{name.value: "" for name in TextField},
    )


def _own_number(text: str | None) -> str | None:
    number = clean_text(text or "")
    if len(number) > MAX_OWN_NUMBER:
        raise DomainError(
            ErrorCode.TEXT_TOO_LONG, field="own_number", limit=MAX_OWN_NUMBER, length=len(number)
        )
    return number or None


def _check_known(language: str) -> None:
    if language not in TEXT_LANGUAGES:
        raise DomainError(ErrorCode.UNKNOWN_CODE, field="language", value=language)


def _changed(
    session: Session, actor: Actor, listing: Listing, *, now: datetime, **data: object
) -> None:
    audit.record(session, actor, audit.AuditAction.LISTING_CHANGED, listing, now=now, **data)
