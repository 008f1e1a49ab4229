"""The audit trail: ids, codes and data, never names, addresses or free text."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from enum import StrEnum, auto
from typing import Final

from sqlalchemy.orm import Session

from matchmaker.database import Model
from matchmaker.domain.permissions import Actor
from matchmaker.models import AuditEntry


class AuditAction(StrEnum):
    """What happened; the sentence is made in `i18n.audit`."""

    USER_REGISTERED = auto()
    USER_CONFIRMED = auto()
    ORGANISATION_CREATED = auto()
    ORGANISATION_CHANGED = auto()
    ORGANISATION_VERIFIED = auto()
    ORGANISATION_CONSENT_RECORDED = auto()
    ORGANISATION_CLAIM_OFFERED = auto()
    ORGANISATION_CLAIMED = auto()
    ORGANISATION_CLAIM_REFUSED = auto()
    MEMBERSHIP_REQUESTED = auto()
    MEMBERSHIP_ACCEPTED = auto()
    MEMBERSHIP_REFUSED = auto()
    LISTING_CREATED = auto()
    LISTING_CHANGED = auto()
    LISTING_STATE_CHANGED = auto()
    LISTING_REVISION_STARTED = auto()
    LISTING_REVISION_SUBMITTED = auto()
    LISTING_REVISION_PUBLISHED = auto()
    LISTING_REVISION_DISCARDED = auto()
    LISTING_CHANGES_REQUESTED = auto()
    LISTING_TEXT_ADDED = auto()
    LISTING_RENEWED = auto()
    LISTING_EXPORT_CHECKED = auto()
    LISTING_EXPORT_CONFIRMED = auto()
    LISTINGS_IMPORTED = auto()
    ATTACHMENT_ADDED = auto()
    ATTACHMENT_REMOVED = auto()
    TRANSLATION_WANTED = auto()
    TRANSLATION_PASSED_ON = auto()
    TRANSLATION_WRITTEN = auto()
    TRANSLATION_DROPPED = auto()
    MATCH_SUGGESTED = auto()
    MATCH_INTEREST = auto()
    MATCH_PAIRED = auto()
    MATCH_STATE_CHANGED = auto()
    MATCH_DECIDED = auto()
    MATCH_ASSIGNED = auto()
    MATCH_NOTED = auto()
    MATCH_DUE_SET = auto()
    MATCH_HANDED_OVER = auto()
    MATCH_REMINDED = auto()
    MATCH_ANSWERED = auto()
    MATCH_CLEARED = auto()
    OUTCOME_PROPOSED = auto()
    OUTCOME_PROPOSAL_REFUSED = auto()
    OUTCOME_RECORDED = auto()
    OUTCOME_CHANGED = auto()
    OUTCOME_CLOSED = auto()
    FOLLOW_UP_ASKED = auto()
    FOLLOW_UP_ANSWERED = auto()
    MATCH_LANDING_ATTACHED = auto()
    MATCH_LANDING_DETACHED = auto()
    SERVICE_ADDED = auto()
    SERVICE_CHANGED = auto()
    SERVICE_TEXT_WRITTEN = auto()
    SERVICE_TEXT_REMOVED = auto()
    SERVICE_PUBLISHED = auto()
    SERVICE_WITHDRAWN = auto()
    EXPORT_CATALOGUE_IMPORTED = auto()
    CENTRE_DELEGATED = auto()
    CENTRE_DELEGATION_ENDED = auto()
    GLOSSARY_CONCEPT_ADDED = auto()
    GLOSSARY_CONCEPT_CHANGED = auto()
    GLOSSARY_CONCEPT_REMOVED = auto()
    GLOSSARY_LABEL_ADDED = auto()
    GLOSSARY_LABEL_CHANGED = auto()
    GLOSSARY_LABEL_REMOVED = auto()
    GLOSSARY_LABEL_PREFERRED = auto()
    GLOSSARY_LABEL_CONFIRMED = auto()
    GLOSSARY_LABEL_WITHDRAWN = auto()
    GLOSSARY_CONCEPT_IMPORTED = auto()
    TERM_PROPOSAL_CONFIRMED = auto()
    TERM_PROPOSAL_REFUSED = auto()
    MESSAGE_WRITTEN = auto()
    NDA_TEXT_PUBLISHED = auto()
    NDA_ACCEPTED = auto()
    NDA_UPLOADED = auto()
    NDA_REFUSED = auto()
    NDA_IN_FORCE = auto()
    MEETING_PROPOSED = auto()
    MEETING_TIME_ACCEPTED = auto()
    MEETING_AGREED = auto()
    MEETING_DECLINED = auto()
    MEETING_CANCELLED = auto()
    BLEND_TRAINED = auto()
    BLEND_SWITCHED_ON = auto()
    BLEND_SWITCHED_OFF = auto()
    TASK_OPENED = auto()
    TASK_DONE = auto()
    TASK_DROPPED = auto()
    MAIL_TRIED_AGAIN = auto()
    MAIL_ADDRESS_CLEARED = auto()


SEEDED: Final = "seeded"
"""In the data of an entry: it came with a demonstration, and nobody decided it."""


@contextmanager
def seeding(session: Session) -> Iterator[None]:
    """Mark what is recorded inside as seeded, whoever acts in it: the engine never learns from
    it."""
    session.info[SEEDED] = True
    try:
        yield
    finally:
        session.info.pop(SEEDED, None)


def record(
    session: Session,
    actor: Actor,
    action: AuditAction,
    subject: Model,
    *,
    now: datetime,
    **data: object,
) -> AuditEntry:
    """Write an audit entry about `subject`, a row with an integer `id`.

    `data` holds ids, codes, numbers and lists of them. Inside `seeding` the entry is marked so.
    """
    session.flush()
    if session.info.get(SEEDED):
        data[SEEDED] = True
    entry = AuditEntry(
        at=now,
        actor_id=actor.user_id,
        action=action.value,
        subject_type=subject.__tablename__,
        subject_id=subject.id,  # type: ignore[attr-defined]  # every subject has one
        data=data,
    )
    session.add(entry)
    return entry
