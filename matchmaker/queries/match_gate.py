"""What the export gate says about a match, from the rows that it depends on.

A check or a clearance is of one text. It holds for a later text while that says the same of the
technology; else staff confirm it, or check anew.
"""

from datetime import datetime
from typing import Final

from matchmaker.domain.clock import local_date
from matchmaker.domain.export_control import Gate, gate
from matchmaker.domain.match_states import CASE_STATES
from matchmaker.domain.vocabulary import (
    Clearance,
    CodeField,
    ControlClass,
    RevisionState,
    Side,
    TextField,
    TextOrigin,
)
from matchmaker.models import (
    ExportCheck,
    ExportClearance,
    Listing,
    ListingRevision,
    ListingText,
    Match,
)

_STRICTER: Final = (
    ControlClass.FREE,
    ControlClass.RESTRICTED,
    ControlClass.DUAL_USE,
    ControlClass.PROHIBITED,
)
_TECHNICAL_TEXT: Final = tuple(f for f in TextField if f is not TextField.EXPECTED_ROLE_OF_PARTNER)
_TECHNICAL_CODES: Final = (CodeField.IPC_CODE, CodeField.KEYWORD)
_UNCHANGED: Final = frozenset({RevisionState.PUBLISHED, RevisionState.SUPERSEDED})
"""A revision in another state may have been written on since it was checked."""


def crosses_border(match: Match) -> bool:
    """Tell whether an introduction exports something."""
    return match.offer.organisation.country != match.need.organisation.country


def says_the_same(checked: ListingRevision, newer: ListingRevision) -> bool:
    """Tell whether a newer text says of the technology what the checked one said, and no more."""
    if checked is newer:
        return True
    before, after = checked.original, newer.original
    if before is None or after is None or _said(before) != _said(after):
        return False
    if any(checked.values(field) != newer.values(field) for field in _TECHNICAL_CODES):
        return False
    files = {each.attachment_id for each in checked.attachments}
    known = {_said(text) for text in checked.texts}
    return files >= {each.attachment_id for each in newer.attachments} and known >= {
        _said(text) for text in newer.texts if text.origin is not TextOrigin.MACHINE
    }


def _said(text: ListingText) -> tuple[str, ...]:
    return (text.language, *(text.get(field) for field in _TECHNICAL_TEXT))


def _holds(given: ExportCheck | ExportClearance, revision: ListingRevision) -> bool:
    """Tell whether what was checked is this text. One that was sent in again after the check may
    say something else."""
    checked = given.revision
    if checked is None:
        return False
    if checked is revision:
        return revision.submitted_at is None or given.at >= revision.submitted_at
    return checked.state in _UNCHANGED and says_the_same(checked, revision)


def check_of(listing: Listing, revision: ListingRevision) -> ExportCheck | None:
    """Return the last check that holds for a text of an offer."""
    return next((c for c in reversed(listing.export_checks) if _holds(c, revision)), None)


def offered_text(match: Match) -> ListingRevision:
    """Return the text of the offer that counts: what is published now, else what was judged."""
    return match.offer.published or match.offer_revision


def class_of(match: Match) -> ControlClass:
    """Return the class that counts: the strictest of the offer's and those that the sides
    confirmed. A text that nobody checked stays unchecked, whatever the sides say."""
    text = offered_text(match)
    check = check_of(match.offer, text)
    if check is None or check.control_class is ControlClass.NOT_CHECKED:
        return ControlClass.NOT_CHECKED
    given = [
        one.control_class
        for one in match.clearances
        if one.control_class in _STRICTER and _holds(one, text)
    ]
    return max([check.control_class, *given], key=_STRICTER.index)


def gate_of(match: Match, *, now: datetime | None = None) -> Gate:
    """Return whether the parties of a match may be introduced, and if not what is missing.

    A side's clearance counts while it was given for the text and the class that count now, and
    until its last day at the centre of the offer; without `now` licences do not run out.
    """
    counts, text = class_of(match), offered_text(match)

    def clearance(side: Side) -> Clearance | None:
        given = match.clearance(side)
        if given is None or given.control_class is not counts or not _holds(given, text):
            return None
        return None if _ran_out(given, match, now) else given.clearance

    return gate(
        match.offer.organisation.country,
        match.need.organisation.country,
        counts,
        (clearance(Side.OFFER), clearance(Side.NEED)),
    )


def closed_behind(match: Match) -> bool:
    """Tell whether the gate would no longer let the parties of an introduction through. That a
    licence ran out does not count: it was valid then."""
    return match.state in CASE_STATES and gate_of(match) is not Gate.OPEN


def _ran_out(given: ExportClearance, match: Match, now: datetime | None) -> bool:
    if given.valid_until is None or now is None:
        return False
    return given.valid_until < local_date(now, match.offer_centre.time_zone)
