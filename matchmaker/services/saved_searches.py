"""Searches that people keep, and telling them what is new for these.

What somebody was told of is written down beside the search (`saved_search_listing`), in the same
transaction: nothing is told twice, and a listing that the index takes up late is still told.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, delete, or_, select
from sqlalchemy.orm import Session

from matchmaker.database import Transactions, upsert
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.notifications import Frequency, NotificationKind
from matchmaker.domain.permissions import Actor
from matchmaker.domain.references import Prefix, new_reference
from matchmaker.matching import storage
from matchmaker.models import Notification, SavedSearch, SavedSearchListing, User
from matchmaker.queries import search
from matchmaker.queries.indexes import index_file
from matchmaker.queries.text_search import rank
from matchmaker.services.notifications import notify_as_wanted, reschedule

ALERT_SCORE: Final = 50
"""A mail asks for more attention than a list of results, so what hardly fits is left out."""
MAX_NAME: Final = 120
MAX_QUESTION: Final = 300
MOST_SEARCHES: Final = 50
LATE: Final = timedelta(days=1)
"""A listing that was published so long before the search was saved may not have been in the index
then, and still is news."""
CHECK_EVERY: Final = timedelta(minutes=4)
"""Filters alone need no index; they are looked at no more often than this."""


def save(
    session: Session,
    actor: Actor,
    *,
    name: str,
    question: str,
    filters: Mapping[str, Sequence[str]],
    frequency: Frequency,
    found: Sequence[str] | None,
    now: datetime,
) -> SavedSearch:
    """Keep a search. `filters` are the chosen values of each facet; `found` the references that
    the words find now (None without words): what is on the page already is not told.

    Raises DomainError: NOT_ALLOWED, TEXT_EMPTY (no name, or nothing to search by), TEXT_TOO_LONG,
    TOO_MANY_SEARCHES.
    """
    if actor.user_id is None:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    known = session.scalars(select(SavedSearch.id).where(SavedSearch.user_id == actor.user_id))
    if len(known.all()) >= MOST_SEARCHES:
        raise DomainError(ErrorCode.TOO_MANY_SEARCHES, limit=MOST_SEARCHES)
    chosen = {facet: sorted(values) for facet, values in filters.items() if values}
    words = question.strip()[:MAX_QUESTION]
    if not words and not chosen:
        raise DomainError(ErrorCode.TEXT_EMPTY, field="name")
    saved = SavedSearch(
        reference=new_reference(Prefix.SEARCH),
        user_id=actor.user_id,
        name=_name(name),
        question=words,
        filters=chosen,
        frequency=frequency,
        created_at=now,
    )
    session.add(saved)
    session.flush()
    seen = search.published_since(session, request_of(saved), found, since=now - LATE)
    _remember(session, saved, [row.listing_id for row in seen])
    return saved


def _name(text: str) -> str:
    name = " ".join(text.split())
    if not name:
        raise DomainError(ErrorCode.TEXT_EMPTY, field="name")
    if len(name) > MAX_NAME:
        raise DomainError(ErrorCode.TEXT_TOO_LONG, field="name", limit=MAX_NAME, length=len(name))
    return name


def change(
    session: Session, saved: SavedSearch, *, name: str, frequency: Frequency, now: datetime
) -> SavedSearch:
    """Rename a search, or set how often its owner hears of it.

    Raises DomainError: TEXT_EMPTY, TEXT_TOO_LONG.
    """
    saved.name, saved.frequency = _name(name), frequency
    person = session.get_one(User, saved.user_id)
    reschedule(session, person, _told_of(saved), frequency, now)
    return saved


def remove(session: Session, saved: SavedSearch) -> None:
    """Forget a search, and what its owner was told of it."""
    session.execute(delete(Notification).where(_told_of(saved)))
    session.delete(saved)
    session.flush()


def _told_of(saved: SavedSearch) -> ColumnElement[bool]:
    return (
        (Notification.user_id == saved.user_id)
        & (Notification.kind == NotificationKind.SAVED_SEARCH)
        & (Notification.subject == saved.reference)
    )


def request_of(saved: SavedSearch) -> search.SearchRequest:
    """Return the filters of a search as the search page takes them."""
    return search.SearchRequest(
        chosen={facet: frozenset(values) for facet, values in saved.filters.items()}
    )


def tell_new(
    transactions: Transactions, folder: Path, *, use_encoder: bool, now: datetime, at_most: int
) -> int:
    """Tell the owners of saved searches what is new; return how many searches were looked at.

    `folder` is `Settings.index_folder`. Each search has a transaction of its own; one that was not
    reached this time is the first of the next.
    """
    version = storage.current_version(index_file(folder, "public").folder)
    with transactions.read() as session:
        due = _due(session, version, now)[:at_most]
        questions = {saved_id: session.get_one(SavedSearch, saved_id).question for saved_id in due}
    for saved_id in due:
        question = questions[saved_id]
        references = (
            rank(folder, question, use_encoder=use_encoder, least=ALERT_SCORE).references
            if question
            else None
        )
        with transactions.write() as session:
            _tell(session, saved_id, references, version, now)
    return len(due)


def _due(session: Session, version: str | None, now: datetime) -> Sequence[int]:
    """Searches whose owner wants to hear, and for which something may be new."""
    by_words = (SavedSearch.question != "") & or_(
        SavedSearch.index_version.is_(None), SavedSearch.index_version != (version or "")
    )
    by_filters = (SavedSearch.question == "") & or_(
        SavedSearch.checked_at.is_(None), SavedSearch.checked_at <= now - CHECK_EVERY
    )
    return session.scalars(
        select(SavedSearch.id)
        .join(User)
        .where(
            SavedSearch.frequency != Frequency.OFF,
            User.active,
            by_words | by_filters if version else by_filters,
        )
        .order_by(SavedSearch.checked_at.is_not(None), SavedSearch.checked_at, SavedSearch.id)
    ).all()


def _tell(
    session: Session,
    saved_id: int,
    references: Sequence[str] | None,
    version: str | None,
    now: datetime,
) -> None:
    saved = session.get(SavedSearch, saved_id, with_for_update={"skip_locked": True})
    if saved is None:  # removed meanwhile, or another process is at it
        return
    saved.checked_at, saved.index_version = now, version
    rows = search.published_since(
        session, request_of(saved), references, since=saved.created_at - LATE, besides=saved.user_id
    )
    known = set(
        session.scalars(
            select(SavedSearchListing.listing_id).where(
                SavedSearchListing.saved_search_id == saved.id
            )
        )
    )
    new = [row for row in rows if row.listing_id not in known]
    if not new:
        return
    _remember(session, saved, [row.listing_id for row in new])
    notify_as_wanted(
        session,
        [(session.get_one(User, saved.user_id), saved.frequency)],
        "saved_search",
        key=f"saved_search:{saved.reference}:{min(row.reference for row in new)}",
        now=now,
        data={
            "reference": saved.reference,
            "count": len(new),
            "listings": [row.reference for row in new[:10]],
        },
    )


def _remember(session: Session, saved: SavedSearch, listing_ids: Sequence[int]) -> None:
    rows = [{"saved_search_id": saved.id, "listing_id": each} for each in listing_ids]
    upsert(
        session,
        SavedSearchListing.__table__,  # type: ignore[arg-type]  # it is a Table
        rows,
        key=["saved_search_id", "listing_id"],
    )
