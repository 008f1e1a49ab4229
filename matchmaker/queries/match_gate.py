"""What the export gate says about a match, from the rows that it depends on."""

from typing import Final

from matchmaker.domain.export_control import Gate, gate
from matchmaker.domain.vocabulary import Clearance, ControlClass, Side
from matchmaker.models import Match

_STRICTER: Final = (
    ControlClass.FREE,
    ControlClass.RESTRICTED,
    ControlClass.DUAL_USE,
    ControlClass.PROHIBITED,
)


def class_of(match: Match) -> ControlClass:
    """Return the class that counts: the strictest of the offer's and those that the sides
    confirmed. An offer that nobody checked stays unchecked, whatever the sides say."""
    own = match.offer.control_class
    if own is ControlClass.NOT_CHECKED:
        return own
    given = [one.control_class for one in match.clearances if one.control_class in _STRICTER]
    return max([own, *given], key=_STRICTER.index)


def gate_of(match: Match) -> Gate:
    """Return whether the parties of a match may be introduced, and if not what is missing.

    A side's clearance counts while it was given for the class that counts now.
    """
    counts = class_of(match)

    def clearance(side: Side) -> Clearance | None:
        given = match.clearance(side)
        return given.clearance if given is not None and given.control_class is counts else None

    return gate(
        match.offer.organisation.country,
        match.need.organisation.country,
        counts,
        (clearance(Side.OFFER), clearance(Side.NEED)),
    )
