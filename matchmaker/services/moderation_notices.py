"""What organisations and other centres are told; the sentences are made in the mail's template."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.languages import BRIDGE
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import Channel, TaskKind
from matchmaker.models import (
    Appointment,
    ChangeRequest,
    Listing,
    ListingRevision,
    TranslationRequest,
    User,
)
from matchmaker.services.mail import queue_mail
from matchmaker.services.notifications import notify
from matchmaker.services.outreach import members, tell_organisation


def published(
    session: Session, listing: Listing, revision: ListingRevision, *, now: datetime
) -> None:
    """Tell the owner that a listing or its revision is public. Nobody has to be called for that:
    an organisation without an account is written to only where it chose e-mail."""
    owner = listing.organisation
    data = {
        "reference": listing.reference,
        "title": _title(revision),
        "valid_until": listing.valid_until.isoformat() if listing.valid_until else None,
        "revision": revision.number > 1,
    }
    key = f"listing_published:{listing.id}:{revision.id}"
    people = members(session, owner)
    notify(session, people, "listing_published", key=key, now=now, **data)
    if not people and owner.channel is Channel.EMAIL and owner.contact_email:
        queue_mail(
            session,
            code="listing_published",
            recipient=owner.contact_email,
            locale=owner.contact_language,
            dedupe_key=f"{key}:organisation:{owner.id}",
            now=now,
            user=None,
            **data,
        )


def tell(
    session: Session,
    actor: Actor,
    listing: Listing,
    requests: Sequence[ChangeRequest],
    *,
    code: str,
    task: TaskKind,
    now: datetime,
) -> None:
    """Tell the owner what staff want changed, or why the listing was refused."""
    revision = requests[0].revision
    tell_organisation(
        session, actor, listing.organisation,
        code=code,
        task=task,
        dedupe_key=f"{code}:{listing.id}:{requests[0].id}",
        now=now,
        listing=listing,
        reference=listing.reference,
        title=_title(revision),
        revision=listing.published is not None,
        reasons=[{"field": request.field, "reason": request.reason} for request in requests],
    )  # fmt: skip


def translation_asked(session: Session, request: TranslationRequest, *, now: datetime) -> None:
    """Tell the staff of the centre that was asked for a translation, else the centre itself."""
    session.flush()
    asked_by = request.asked_by_centre
    data = {
        "reference": request.revision.listing.reference,
        "title": _title(request.revision),
        "original_language": request.revision.original_language,
        "language": request.language,
        "centre": asked_by.code if asked_by else None,
    }
    key = f"translation_asked:{request.id}:{request.lock_version}"
    staff = session.scalars(
        select(User)
        .join(Appointment)
        .where(
            Appointment.centre_id == request.centre_id, User.active, User.confirmed_at.is_not(None)
        )
        .order_by(User.id)
    ).all()
    notify(session, staff, "translation_asked", key=key, now=now, **data)
    if not staff and request.centre.email:
        queue_mail(
            session,
            code="translation_asked",
            recipient=request.centre.email,
            locale=BRIDGE,
            dedupe_key=f"{key}:centre:{request.centre_id}",
            now=now,
            user=None,
            **data,
        )


def _title(revision: ListingRevision) -> str:
    return revision.original.title if revision.original else ""
