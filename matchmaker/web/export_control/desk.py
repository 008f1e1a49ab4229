"""What staff see beside the form of an export check: the catalogue, likely entries, evidence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import current_app

from matchmaker.config import Settings
from matchmaker.domain.languages import choose
from matchmaker.domain.vocabulary import Band, Side
from matchmaker.extensions import db
from matchmaker.i18n.locales import current_locale
from matchmaker.matching.semantic import default_encoder
from matchmaker.models import (
    Attachment,
    ExportCatalogue,
    ExportCatalogueEntry,
    Listing,
    ListingRevision,
    Match,
)
from matchmaker.queries import export_control as find
from matchmaker.queries.match_gate import check_of
from matchmaker.services.export_catalogues import LikelyEntry, likely_entries
from matchmaker.web.directory.presentation import ReasonText, reason_texts


@dataclass(frozen=True, slots=True)
class LikelyLine:
    """An entry that an offer is like, in the reader's language where the catalogue has it."""

    entry: ExportCatalogueEntry
    likely: LikelyEntry
    reasons: Sequence[ReasonText]

    @property
    def weak(self) -> bool:
        """Whether the engine finds little that is alike."""
        return self.likely.likeness.band is Band.WEAK


@dataclass(frozen=True, slots=True)
class ExportDesk:
    """`outdated`: the last check was made by another version than the one in force; `other_text`:
    there is a check, but of a text that said something else."""

    catalogue: ExportCatalogue | None
    likely: Sequence[LikelyLine]
    outdated: bool
    other_text: bool
    of_checks: Mapping[int, Sequence[Attachment]]
    of_sides: Mapping[Side, Sequence[Attachment]]


def desk_of(listing: Listing, revision: ListingRevision, match: Match | None = None) -> ExportDesk:
    """Return what helps to check an offer; for the clearances of a match, give the match too.

    A text that waits for moderation is encoded now where the worker has not: a part of a second.
    """
    settings: Settings = current_app.config["SETTINGS"]
    catalogue = find.catalogue_in_force(db.session, listing.organisation.country)
    encoder = default_encoder() if settings.use_encoder and match is None else None
    found = likely_entries(db.session, revision, settings.index_folder, encoder, catalogue)
    return ExportDesk(
        catalogue=catalogue,
        likely=[_line(each) for each in found],
        outdated=find.is_outdated(listing.export_check, catalogue),
        other_text=bool(listing.export_checks) and check_of(listing, revision) is None,
        of_checks=find.evidence_of_checks(db.session, listing) if match is None else {},
        of_sides=find.evidence_of_match(db.session, match) if match is not None else {},
    )


def _line(likely: LikelyEntry) -> LikelyLine:
    by_language = {entry.language: entry for entry in likely.entries}
    first = likely.entries[0]
    entry = by_language[choose(list(by_language), current_locale(), first.language)]
    return LikelyLine(entry, likely, reason_texts(likely.likeness, {}))
