"""The texts of a match as this person reads them: marked, glossed, each with its language."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from matchmaker.domain.errors import DomainError
from matchmaker.domain.languages import reads
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import Side, TextField
from matchmaker.extensions import db
from matchmaker.models import Listing, ListingRevision, Match, RevisionAttachment
from matchmaker.queries.case_tiers import shown_revision
from matchmaker.queries.listings import readable_attachment
from matchmaker.queries.moderation import open_translation_requests
from matchmaker.services.match_sides import is_readable
from matchmaker.services.translations import preferred_language
from matchmaker.web import glossing
from matchmaker.web.matches.highlight import Phrase, highlight

Marker = Callable[[str, Sequence[Phrase], str], Markup]


@dataclass(frozen=True, slots=True)
class Unread:
    """A side that the person reads in no version: the language to ask for, and those asked for."""

    language: str
    asked: Sequence[str]
    may_ask: bool


def marker(actor: Actor) -> Marker:
    """Return a function (text, phrases, language) that marks the phrases, and names known terms in
    the reader's language where the text is in one that the person does not read."""

    def mark(text: str, phrases: Sequence[Phrase], language: str) -> Markup:
        if language == actor.locale or reads(actor.languages, language):
            return highlight(text, phrases)
        return glossing.gloss(
            text, language, actor.locale, show=lambda part: highlight(part, phrases)
        )

    return mark


def concept_namer(locale: str) -> Callable[[str], str | None]:
    """Return a function that names a concept in a language; None for one it does not know."""
    glossary = glossing.site_glossary()
    return lambda concept: glossary.label(concept, locale)


def unread(actor: Actor, match: Match, *, may_ask: bool) -> dict[Side, Unread]:
    """Return the sides without a version by a person in a language that the actor reads."""
    found = {}
    for side in Side:
        revision = shown_revision(match, side)
        if not is_readable(actor, revision):
            requests = open_translation_requests(db.session, revision)
            found[side] = Unread(
                language=wanted_language(actor),
                asked=[request.language for request in requests],
                may_ask=may_ask and actor.may(Permission.TRANSLATION_CENTRE_WRITE),
            )
    return found


def wanted_language(actor: Actor) -> str:
    """Return the language in which this person would rather read a text."""
    return actor.locale if actor.locale in actor.languages else preferred_language(actor.languages)


def opener(actor: Actor) -> Callable[[Listing, RevisionAttachment], bool]:
    """Return a function that tells whether the person may open a file of a listing."""

    def opens(listing: Listing, file: RevisionAttachment) -> bool:
        try:
            readable_attachment(db.session, actor, listing.reference, file.attachment.token)
        except DomainError:
            return False
        return True

    return opens


def language_of(revision: ListingRevision, phrase: str) -> str:
    """Return the language of the text in which a phrase stands: the original before its versions,
    and where it stands in none as it is, the original."""
    wanted = phrase.casefold()
    texts = sorted(revision.texts, key=lambda text: text.language != revision.original_language)
    for text in texts:
        if any(wanted in text.get(field).casefold() for field in TextField):
            return text.language
    return revision.original_language
