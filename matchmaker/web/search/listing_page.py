"""What the page of a published listing shows: facts, passages, files and ways on, tier by tier."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from flask import url_for
from flask_babel import gettext as _

from matchmaker.domain.languages import choose
from matchmaker.domain.listing_content import Tier, text_fields
from matchmaker.domain.permissions import Actor, Permission
from matchmaker.domain.vocabulary import (
    CodeField,
    ListingKind,
    TextField,
    TextOrigin,
    TransferMode,
)
from matchmaker.extensions import db
from matchmaker.i18n.countries import place_name
from matchmaker.i18n.formats import language_name, listed, long_date, money
from matchmaker.i18n.labels import label
from matchmaker.i18n.locales import current_locale
from matchmaker.models import Listing, ListingRevision, PublicListing
from matchmaker.queries.listings import is_own, sees_owner, tier_of, visible_attachments
from matchmaker.queries.organisations import organisation_name
from matchmaker.queries.sectors import sector_parents
from matchmaker.web.search.facets import labellers

Fact = tuple[str, str]


@dataclass(frozen=True)
class Passage:
    """A field of the text under its heading."""

    heading: str
    text: str
    language: str
    machine: bool


@dataclass(frozen=True)
class Way:
    """Something that the reader can do from here."""

    text: str
    url: str
    style: str = "outline-primary"


@dataclass(frozen=True)
class File:
    name: str
    url: str
    size: int


class ListingPage:
    """A published listing as one reader sees it. `row` is its public tier."""

    def __init__(self, actor: Actor, row: PublicListing, listing: Listing) -> None:
        assert listing.published is not None, "public rows exist only for published listings"
        self.actor = actor
        self.row = row
        self.listing = listing
        self.revision: ListingRevision = listing.published
        self.tier = tier_of(db.session, actor, listing)

    def passages(self) -> Iterator[Passage]:
        """Yield the fields that the reader may read, in the language that suits the reader."""
        languages = [text.language for text in self.revision.texts]
        text = self.revision.text(
            choose(languages, current_locale(), self.revision.original_language)
        )
        if text is None:
            return
        for field in text_fields(self.tier):
            if field is not TextField.TITLE and text.get(field):
                yield Passage(
                    str(label(field)),
                    text.get(field),
                    text.language,
                    text.origin is TextOrigin.MACHINE,
                )

    def facts(self) -> list[Fact]:
        """Return the facts that the reader may know, empty ones left out."""
        facts = [*self._public_facts(), *(self._member_facts() if self.reads_more else ())]
        return [(heading, text) for heading, text in facts if text]

    @property
    def reads_more(self) -> bool:
        """Whether the reader sees more than the public tier."""
        return self.tier > Tier.PUBLIC

    def _public_facts(self) -> Iterator[Fact]:
        row, name = self.row, labellers()
        if sees_owner(db.session, self.actor, self.listing):
            yield _("Owner"), organisation_name(self.listing.organisation, current_locale()).name
        else:
            yield _("Owner"), _("The owner is introduced by the centres")
        yield _("Country or region"), place_name(row.country)
        yield _("Province"), place_name(row.province) if row.province else ""
        yield _("Sectors"), _named(name["sector"], own_sectors(row, sector_parents(db.session)))
        yield _("Stage of development"), _label(row.stage_of_development)
        yield _("Technology readiness level"), str(row.trl or "")
        partnerships = self._facet("partnership_type")
        yield _("Type of partnership"), _named(name["partnership_type"], partnerships)
        yield _("Patent classes (IPC)"), listed(self._facet("ipc_code"))
        yield _("Keywords"), listed(self._facet("keyword"))
        yield _("Published"), long_date(row.published_at)
        yield _("Valid until"), long_date(row.valid_until)

    def _member_facts(self) -> Iterator[Fact]:
        revision = self.revision
        yield _("Intellectual property"), _label(revision.ipr_status)
        modes = revision.values(CodeField.TRANSFER_MODE)
        yield _("Mode of transfer"), listed(_label(TransferMode(mode)) for mode in modes)
        if self.listing.kind is ListingKind.OFFER:
            amounts = _range(revision.price_min, revision.price_max, revision.currency)
            yield _("Price"), amounts or _label(revision.price_type)
        else:
            yield _("Budget"), _range(revision.budget_min, revision.budget_max, revision.currency)
            yield _("Needed by"), long_date(revision.needed_by)
        yield _("Site"), revision.site or ""
        yield _("Wanted in"), _named(place_name, revision.values(CodeField.TARGET_COUNTRY))

    def _facet(self, field: str) -> list[str]:
        return sorted(facet.value for facet in self.row.facets if facet.field == field)

    def files(self) -> list[File]:
        """Return the files that the reader may open."""
        return [
            File(
                shown.caption or shown.attachment.filename,
                url_for(
                    "posting.file",
                    reference=self.listing.reference,
                    token=shown.attachment.token,
                ),
                shown.attachment.size,
            )
            for shown in visible_attachments(db.session, self.actor, self.listing, self.revision)
        ]

    def languages(self) -> list[str]:
        """Return the names of the languages in which it can be read."""
        return [language_name(text.language) for text in self.row.texts]

    def ways_on(self) -> Iterator[Way]:
        """Yield what the reader can do next."""
        reference = self.listing.reference
        if is_own(db.session, self.actor, self.listing):
            yield Way(_("Edit this listing"), url_for("posting.tasks", reference=reference))
        elif self.listing.open_for_interest and (
            self.actor.user_id is None or self.actor.may(Permission.MATCH_OWN_ANSWER)
        ):
            yield Way(
                _("Express interest"), url_for("cases.interest", reference=reference), "primary"
            )


def own_sectors(row: PublicListing, parents: Mapping[str, str]) -> list[str]:
    """Return the sectors of a listing without those that stand there for a sector below them."""
    codes = {facet.value for facet in row.facets if facet.field == "sector"}
    return sorted(codes - {parents.get(code) for code in codes})


def _label(member: StrEnum | None) -> str:
    return "" if member is None else str(label(member))


def _named(name: Callable[[str], str], codes: Iterable[str]) -> str:
    return listed(name(code) for code in codes)


def _range(least: int | None, most: int | None, currency: str | None) -> str:
    low, high = money(least, currency), money(most, currency)
    if low and high and low != high:
        return str(_("%(least)s to %(most)s", least=low, most=high))
    return low or (str(_("up to %(most)s", most=high)) if high else "")
