"""The sentence for each entry of the audit trail, made for its reader at the moment of reading."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l

from matchmaker.domain.vocabulary import (
    Answer,
    Clearance,
    ControlClass,
    FollowUpAnswer,
    LandingStage,
    ListingState,
    MatchState,
    OutcomeClosing,
    Side,
    TaskKind,
    TechnologyContractType,
    Verdict,
)
from matchmaker.i18n.countries import place_name
from matchmaker.i18n.formats import language_name, number
from matchmaker.i18n.labels import label
from matchmaker.models import AuditEntry
from matchmaker.services.audit import AuditAction

A = AuditAction

SENTENCES: Final[dict[AuditAction, LazyString]] = {
    A.USER_REGISTERED: _l("The account was registered."),
    A.USER_CONFIRMED: _l("The e-mail address was confirmed."),
    A.ORGANISATION_CREATED: _l("The organisation was entered."),
    A.ORGANISATION_CHANGED: _l("The organisation's details were changed."),
    A.ORGANISATION_VERIFIED: _l("The organisation was verified."),
    A.ORGANISATION_CONSENT_RECORDED: _l("The organisation's consent was recorded."),
    A.ORGANISATION_CLAIM_OFFERED: _l("The organisation was invited to take over its account."),
    A.ORGANISATION_CLAIMED: _l("The organisation took over its account."),
    A.ORGANISATION_CLAIM_REFUSED: _l("A code to take over an account was refused."),
    A.MEMBERSHIP_REQUESTED: _l("Somebody asked to join the organisation."),
    A.MEMBERSHIP_ACCEPTED: _l("Somebody was accepted as a member of the organisation."),
    A.MEMBERSHIP_REFUSED: _l("A request to join the organisation was refused."),
    A.LISTING_CREATED: _l("The listing was begun."),
    A.LISTING_CHANGED: _l("The listing was edited."),
    A.LISTING_STATE_CHANGED: _l("The listing went from “%(from)s” to “%(to)s”."),
    A.LISTING_REVISION_STARTED: _l("A new version of the published listing was begun."),
    A.LISTING_REVISION_SUBMITTED: _l("A new version was submitted for review."),
    A.LISTING_REVISION_PUBLISHED: _l("A new version was published."),
    A.LISTING_REVISION_DISCARDED: _l("The new version was discarded."),
    A.LISTING_CHANGES_REQUESTED: _l("Staff asked for changes."),
    A.LISTING_TEXT_ADDED: _l("A text in %(language)s was added."),
    A.LISTING_RENEWED: _l("The listing was renewed."),
    A.LISTING_EXPORT_CHECKED: _l("The export-control class was recorded: %(control_class)s."),
    A.LISTING_EXPORT_CONFIRMED: _l(
        "The export-control class was confirmed for a new text: %(control_class)s."
    ),
    A.LISTINGS_IMPORTED: _l("Listings were imported from a file."),
    A.ATTACHMENT_ADDED: _l("A file was added."),
    A.ATTACHMENT_REMOVED: _l("A file was removed."),
    A.TRANSLATION_WANTED: _l("A translation into %(language)s was asked for."),
    A.TRANSLATION_PASSED_ON: _l("Another centre was asked for the translation into %(language)s."),
    A.TRANSLATION_WRITTEN: _l("A translation into %(language)s was written."),
    A.TRANSLATION_DROPPED: _l("The translation into %(language)s is no longer wanted."),
    A.MATCH_SUGGESTED: _l("The engine suggested this match."),
    A.MATCH_INTEREST: _l("A party expressed interest (%(side)s)."),
    A.MATCH_PAIRED: _l("Staff made this match."),
    A.MATCH_STATE_CHANGED: _l("The match went from “%(from)s” to “%(to)s”."),
    A.MATCH_DECIDED: _l("%(side)s: “%(verdict)s” was decided."),
    A.MATCH_ASSIGNED: _l("The match was assigned."),
    A.MATCH_NOTED: _l("A note was written."),
    A.MATCH_DUE_SET: _l("%(side)s: the date by which it is due was set."),
    A.MATCH_HANDED_OVER: _l("%(side)s: the match was handed over to another centre."),
    A.MATCH_REMINDED: _l("%(side)s: a reminder was sent."),
    A.MATCH_ANSWERED: _l("%(side)s: the party answered “%(answer)s”."),
    A.MATCH_CLEARED: _l(
        "%(side)s: the export check was confirmed (%(control_class)s, %(clearance)s)."
    ),
    A.OUTCOME_PROPOSED: _l("%(side)s: a signed agreement was reported (%(contract_type)s)."),
    A.OUTCOME_PROPOSAL_REFUSED: _l("The reported agreement was not taken over."),
    A.OUTCOME_RECORDED: _l("The agreement was recorded (%(contract_type)s)."),
    A.OUTCOME_CHANGED: _l("The recorded agreement was changed (%(contract_type)s)."),
    A.OUTCOME_CLOSED: _l("The agreement no longer counts (%(contract_type)s): %(closing)s."),
    A.FOLLOW_UP_ASKED: _l("%(side)s: asked how talks go, %(days)s days after the introduction."),
    A.FOLLOW_UP_ANSWERED: _l("%(side)s: said how talks go: %(follow_up_answer)s."),
    A.MATCH_LANDING_ATTACHED: _l("%(service)s was put on the landing path (%(stage)s)."),
    A.MATCH_LANDING_DETACHED: _l("%(service)s was taken off the landing path."),
    A.SERVICE_ADDED: _l("The service was entered in the directory."),
    A.SERVICE_CHANGED: _l("The service was edited."),
    A.SERVICE_TEXT_WRITTEN: _l("The text in %(language)s was written."),
    A.SERVICE_TEXT_REMOVED: _l("The text in %(language)s was removed."),
    A.SERVICE_PUBLISHED: _l("The service was published in the directory."),
    A.SERVICE_WITHDRAWN: _l("The service was taken out of the directory."),
    A.EXPORT_CATALOGUE_IMPORTED: _l(
        "Version %(version)s of the export-control catalogue of %(country)s was imported."
    ),
    A.CENTRE_DELEGATED: _l("The centre let another centre decide for it."),
    A.CENTRE_DELEGATION_ENDED: _l("The centre decides for itself again."),
    A.GLOSSARY_CONCEPT_ADDED: _l("The concept “%(concept)s” was added to the glossary."),
    A.GLOSSARY_CONCEPT_CHANGED: _l("The concept “%(concept)s” was edited."),
    A.GLOSSARY_CONCEPT_REMOVED: _l("The concept “%(concept)s” was removed from the glossary."),
    A.GLOSSARY_LABEL_ADDED: _l("A label in %(language)s was added."),
    A.GLOSSARY_LABEL_CHANGED: _l("A label in %(language)s was rewritten."),
    A.GLOSSARY_LABEL_REMOVED: _l("A label in %(language)s was removed."),
    A.GLOSSARY_LABEL_PREFERRED: _l("Another label in %(language)s is preferred."),
    A.GLOSSARY_LABEL_CONFIRMED: _l("A label in %(language)s was confirmed."),
    A.GLOSSARY_LABEL_WITHDRAWN: _l("The confirmation of a label in %(language)s was withdrawn."),
    A.GLOSSARY_CONCEPT_IMPORTED: _l(
        "The concept “%(concept)s” was imported from a file, with new labels: %(labels)s."
    ),
    A.TERM_PROPOSAL_CONFIRMED: _l("A proposed pair of terms was confirmed: “%(concept)s”."),
    A.TERM_PROPOSAL_REFUSED: _l("A proposed pair of terms was refused."),
    A.MESSAGE_WRITTEN: _l("A message was written."),
    A.NDA_TEXT_PUBLISHED: _l("A version of the non-disclosure agreement was published."),
    A.NDA_ACCEPTED: _l("%(side)s: the non-disclosure agreement was accepted."),
    A.NDA_UPLOADED: _l("A signed non-disclosure agreement was uploaded."),
    A.NDA_REFUSED: _l("The uploaded non-disclosure agreement was refused."),
    A.NDA_IN_FORCE: _l("The non-disclosure agreement came into force."),
    A.MEETING_PROPOSED: _l("A meeting was proposed."),
    A.MEETING_TIME_ACCEPTED: _l("%(side)s: a time for a meeting was accepted."),
    A.MEETING_AGREED: _l("A meeting was agreed."),
    A.MEETING_DECLINED: _l("A proposed meeting was declined."),
    A.MEETING_CANCELLED: _l("A meeting was cancelled."),
    A.BLEND_TRAINED: _l("The engine was trained on decisions: version %(version)s."),
    A.BLEND_SWITCHED_ON: _l("Version %(version)s of what the engine learnt was switched on."),
    A.BLEND_SWITCHED_OFF: _l("Version %(version)s of what the engine learnt was switched off."),
    A.TASK_OPENED: _l("A task was opened: %(kind)s."),
    A.TASK_DONE: _l("The task was finished."),
    A.TASK_DROPPED: _l("The task was no longer needed."),
    A.MAIL_TRIED_AGAIN: _l("Mails that had been given up were tried again."),
    A.MAIL_ADDRESS_CLEARED: _l("An address from which mails came back was said to work again."),
}

_ENUMERATIONS: Final[dict[str, type[StrEnum]]] = {
    "control_class": ControlClass,
    "closing": OutcomeClosing,
    "clearance": Clearance,
    "side": Side,
    "verdict": Verdict,
    "answer": Answer,
    "follow_up_answer": FollowUpAnswer,
    "contract_type": TechnologyContractType,
    "stage": LandingStage,
    "kind": TaskKind,
}
_STATES: Final[dict[str, type[StrEnum]]] = {"listing": ListingState, "match": MatchState}


@dataclass(frozen=True, slots=True)
class HistoryLine:
    """One thing that happened. `who` is empty where nobody is to be named: the site did it."""

    at: datetime
    who: str
    sentence: str


def history(
    entries: Iterable[AuditEntry], names: Mapping[int, str] | None = None
) -> list[HistoryLine]:
    """Return a line for each entry, in the reader's language and the order given.

    `names` maps accounts to the names that this reader may see; without it nobody is named.
    """
    known = names or {}
    return [
        HistoryLine(
            at=entry.at,
            who=known.get(entry.actor_id, "") if entry.actor_id is not None else "",
            sentence=sentence(entry),
        )
        for entry in entries
    ]


def sentence(entry: AuditEntry) -> str:
    """Return what an entry says; one that an older version wrote and we do not know shows its
    code."""
    try:
        action = AuditAction(entry.action)
    except ValueError:
        return entry.action
    words = _Words(
        {name: _word(entry.subject_type, name, value) for name, value in entry.data.items()}
    )
    return str(SENTENCES[action]) % words


class _Words(dict[str, str]):
    """The words of a sentence; one that was not recorded is shown as a dash, never as an error."""

    def __missing__(self, _key: str) -> str:
        return "–"


def _word(subject_type: str, name: str, value: object) -> str:
    if name == "language" and isinstance(value, str):
        return language_name(value)
    if name == "country" and isinstance(value, str):
        return place_name(value)
    kind = _STATES.get(subject_type) if name in {"from", "to"} else _ENUMERATIONS.get(name)
    if kind is not None and value in {member.value for member in kind}:
        return str(label(kind(value)))
    show: Callable[..., str] = number if isinstance(value, (int, float)) else str
    return show(value)
