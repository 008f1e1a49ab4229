"""The sentence for each thing that people are told, made for its reader when it is read."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import lazy_gettext as _l
from markupsafe import Markup, escape
from sqlalchemy.orm import Session

from matchmaker.domain.notifications import CODES, NotificationKind
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import MatchState, Side
from matchmaker.i18n.formats import language_name, long_date, number
from matchmaker.i18n.labels import label
from matchmaker.models import Notification
from matchmaker.queries import mail_facts
from matchmaker.queries.actors import load_actor
from matchmaker.queries.notifications import (
    by_ids,
    may_name_listing,
    may_name_match,
    own_search_name,
)

MOST_IN_A_DIGEST: Final = 50

_VARIANT: Final[Mapping[str, str]] = {
    "listing_published": "revision",
    "listing_rejected": "revision",
    "listing_changes_requested": "revision",
    "match_answered": "answer",
    "match_decided": "verdict",
    "match_ended": "state",
    "match_reported": "answer",
    "match_reminder": "state",
    "match_party_reminder": "state",
    "saved_search": "count",
}
"""The part of the data on which the sentence of a code depends besides: a sentence `code/value`
goes before `code`."""

SENTENCES: Final[Mapping[str, LazyString]] = {
    "listing_published": _l("Your listing “%(title)s” is public now."),
    "listing_published/True": _l("The new version of your listing “%(title)s” is public now."),
    "listing_changes_requested": _l(
        "The centre asks you to change something before it can publish “%(title)s”."
    ),
    "listing_changes_requested/True": _l(
        "The centre asks you to change something before it can publish the new version of "
        "“%(title)s”."
    ),
    "listing_rejected": _l("The centre will not publish “%(title)s”."),
    "listing_rejected/True": _l("The centre will not publish the new version of “%(title)s”."),
    "listing_closed": _l("The centre has closed your listing “%(title)s”."),
    "listing_expiring": _l(
        "Your listing “%(title)s” ends on %(valid_until)s. Renew it if it still holds."
    ),
    "listing_expired": _l("The last day of your listing “%(title)s” is over."),
    "match_offered": _l(
        "A possible partner was found for “%(title)s”. Would you like to be introduced?"
    ),
    "match_answered": _l(
        "The owner of “%(title)s” would like to be introduced to the owner of “%(other)s”."
    ),
    "match_answered/no": _l(
        "The owner of “%(title)s” does not want to be introduced to the owner of “%(other)s”."
    ),
    "match_declined": _l(
        "The other side of a possible match for “%(title)s” has decided not to go on."
    ),
    "match_ended": _l("The match for “%(title)s” has ended."),
    "match_ended/rejected": _l("The centres ended the match for “%(title)s”."),
    "match_ended/withdrawn": _l("The match for “%(title)s” has ended: one side withdrew."),
    "match_ended/no_reply": _l(
        "Nobody answered for a long time, so the match for “%(title)s” ended."
    ),
    "match_ended/lapsed": _l("The match for “%(title)s” ended because a listing of it ended."),
    "match_closed": _l("The match of “%(title)s” and “%(other)s” has ended: %(state)s."),
    "match_reported": _l(
        "The owner of “%(title)s” reports a signed agreement with the owner of “%(other)s”."
    ),
    "match_reported/ended": _l(
        "The owner of “%(title)s” says that the talks with the owner of “%(other)s” have ended."
    ),
    "match_introduced": _l("You were introduced to a partner for “%(title)s”."),
    "match_message": _l("You have a new message in the talks about “%(title)s”."),
    "match_nda_proposed": _l(
        "In the talks about “%(title)s” a non-disclosure agreement waits for an answer."
    ),
    "match_nda_in_force": _l(
        "In the talks about “%(title)s” the non-disclosure agreement is in force."
    ),
    "match_nda_refused": _l(
        "In the talks about “%(title)s” the uploaded non-disclosure agreement was refused."
    ),
    "match_meeting_proposed": _l("In the talks about “%(title)s” a meeting is proposed."),
    "match_meeting_accepted": _l(
        "In the talks about “%(title)s” both sides have agreed on a meeting."
    ),
    "match_meeting_declined": _l("In the talks about “%(title)s” a meeting was declined."),
    "match_meeting_cancelled": _l("In the talks about “%(title)s” a meeting was cancelled."),
    "match_reminder": _l("A reminder: would you like to meet a possible partner for “%(title)s”?"),
    "match_reminder/introduced": _l("A reminder: how do the talks about “%(title)s” go?"),
    "match_party_reminder": _l("%(centre)s would like to know how the talks about “%(title)s” go."),
    "match_party_reminder/offered": _l(
        "%(centre)s would like to know what you think of a possible partner for “%(title)s”."
    ),
    "match_centre_reminder": _l(
        "%(centre)s reminds you of the match of “%(title)s” and “%(other)s”."
    ),
    "match_follow_up": _l("How has it gone since the introduction for “%(title)s”?"),
    "match_decided": _l("%(centre)s approved the match of “%(title)s” and “%(other)s”."),
    "match_decided/reject": _l("%(centre)s rejected the match of “%(title)s” and “%(other)s”."),
    "match_class_stricter": _l(
        "The export check no longer allows the introduction of “%(title)s” and “%(other)s”. "
        "Nothing was decided: talk to the parties."
    ),
    "match_handed_over": _l("%(centre)s handed the side of “%(title)s” over to %(to)s."),
    "review_waiting": _l("New matches wait for the decision of %(centre)s."),
    "organisation_verified": _l("The centre has verified “%(organisation)s”."),
    "membership_requested": _l("Somebody asks to act for “%(organisation)s”."),
    "membership_accepted": _l("You now act for “%(organisation)s”."),
    "membership_refused": _l("Your request to act for “%(organisation)s” was refused."),
    "saved_search": _l("%(count)s new listings fit your search “%(search)s”."),
    "saved_search/1": _l("A new listing fits your search “%(search)s”."),
    "translation_asked": _l(
        "A translation of “%(title)s” into this language is wanted: %(language)s."
    ),
    "centre_delegated": _l("%(centre)s lets your centre decide for it."),
}

LINKS: Final[Mapping[str, str]] = {
    "listing_published": "listing",
    "listing_changes_requested": "my_listing",
    "listing_rejected": "my_listing",
    "listing_closed": "my_listing",
    "listing_expiring": "my_listing",
    "listing_expired": "my_listing",
    "match_offered": "case",
    "match_answered": "desk_match",
    "match_declined": "case",
    "match_ended": "case",
    "match_closed": "desk_match",
    "match_reported": "desk_match",
    "match_introduced": "case",
    "match_message": "talk",
    "match_nda_proposed": "talk_nda",
    "match_nda_in_force": "talk_nda",
    "match_nda_refused": "talk_nda",
    "match_meeting_proposed": "talk_meetings",
    "match_meeting_accepted": "talk_meetings",
    "match_meeting_declined": "talk_meetings",
    "match_meeting_cancelled": "talk_meetings",
    "match_reminder": "case",
    "match_party_reminder": "case",
    "match_centre_reminder": "desk_match",
    "match_follow_up": "case",
    "match_decided": "desk_match",
    "match_handed_over": "desk_match",
    "match_class_stricter": "desk_match",
    "review_waiting": "desk_matches",
    "organisation_verified": "account",
    "membership_requested": "account",
    "membership_accepted": "account",
    "membership_refused": "account",
    "saved_search": "saved_search",
    "translation_asked": "translations",
    "centre_delegated": "desk",
}
"""The page (of `i18n.pages`) that each leads to."""


@dataclass(frozen=True, slots=True)
class Line:
    """A sentence, and the page and reference that it leads to."""

    text: str
    html: Markup
    """The same, with the language of titles in other ones."""
    page: str
    reference: str


@dataclass(frozen=True, slots=True)
class _Word:
    """What stands in a sentence; `language` where it is not the reader's."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Digest:
    """What a digest tells, by the label of each kind; how many more the site has."""

    groups: Sequence[tuple[str, Sequence[Line]]]
    count: int
    more: int


def line(session: Session, actor: Actor, code: str, data: Mapping[str, Any], locale: str) -> Line:
    """Return what somebody is told, in the language of this moment; `locale` chooses titles.

    `actor` is the reader as of now: of what they may no longer read, the reference alone is named.
    """
    reference = str(data.get("reference", ""))
    value = data.get(_VARIANT.get(code, ""), "")
    template = SENTENCES.get(f"{code}/{value}", SENTENCES[code])
    words = _words(session, actor, code, data, locale)
    return Line(
        text=str(template) % {name: word.text for name, word in words.items()},
        html=escape(str(template)) % {name: _marked(word, locale) for name, word in words.items()},
        page=LINKS[code],
        reference=reference,
    )


def _marked(word: _Word, locale: str) -> Markup:
    if word.language in {"", locale}:
        return escape(word.text)
    return Markup('<span lang="{}">{}</span>').format(word.language, word.text)


def digest(session: Session, ids: Sequence[int], locale: str, *, at: datetime) -> Digest:
    """Return what one person is told in a digest, kind by kind; `at` is when it was due."""
    rows = by_ids(session, ids)
    shown = rows[:MOST_IN_A_DIGEST]
    groups: dict[NotificationKind, list[Line]] = defaultdict(list)
    if shown:
        actor = load_actor(session, shown[0].user_id, now=at)
        for row in shown:
            groups[row.kind].append(line(session, actor, row.code, row.data, locale))
    return Digest(
        groups=[(str(label(kind)), groups[kind]) for kind in NotificationKind if kind in groups],
        count=len(rows),
        more=len(rows) - len(shown),
    )


def lines(
    session: Session, actor: Actor, rows: Iterable[Notification], locale: str
) -> list[tuple[Notification, Line]]:
    """Return each notification with what it says; one of an older version of the site, whose code
    is no longer known, is left out."""
    return [
        (row, line(session, actor, row.code, row.data, locale)) for row in rows if row.code in CODES
    ]


def _words(
    session: Session, actor: Actor, code: str, data: Mapping[str, Any], locale: str
) -> Mapping[str, _Word]:
    reference = str(data.get("reference", ""))
    words = dict.fromkeys(("title", "other", "organisation", "search"), _Word(reference))
    words |= _titles(session, actor, code, data, locale)
    for name in ("centre", "to"):
        if data.get(name):
            words[name] = _Word(mail_facts.centre_name(session, str(data[name]), locale))
    if code == "match_closed":
        words["state"] = _Word(str(label(MatchState(data["state"]))))
    if "count" in data:
        words["count"] = _Word(number(data["count"]))
    if data.get("language"):
        words["language"] = _Word(language_name(str(data["language"])))
    if data.get("valid_until"):
        words["valid_until"] = _Word(long_date(date.fromisoformat(str(data["valid_until"]))))
    return words


def _titles(
    session: Session, actor: Actor, code: str, data: Mapping[str, Any], locale: str
) -> dict[str, _Word]:
    """The names of what it is about, where the reader may read them."""
    reference = str(data.get("reference", ""))
    if code.startswith("match_") and may_name_match(session, actor, reference):
        match = mail_facts.match_facts(session, reference, Side(data["side"]), locale)
        if match is not None:
            return {
                "title": _Word(match.own_title or reference, match.own_language),
                "other": _Word(match.other_title or reference, match.other_language),
            }
    elif code.startswith(("listing_", "translation_")):
        title, language = mail_facts.titled(session, reference, locale)
        if title and may_name_listing(session, actor, reference):
            return {"title": _Word(title, language)}
    elif code.startswith(("organisation_", "membership_")):
        name = mail_facts.organisation_name(session, reference, locale)
        return {"organisation": _Word(name or reference)}
    elif code == "saved_search":
        return {"search": _Word(own_search_name(session, actor, reference) or reference)}
    return {}
