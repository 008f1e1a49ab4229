"""The export gate: what is needed before an introduction. It never decides a class by itself."""

from enum import StrEnum, auto

from matchmaker.domain.vocabulary import Clearance, ControlClass


class Gate(StrEnum):
    OPEN = auto()
    NOT_CHECKED = auto()
    PROHIBITED = auto()
    NEEDS_LICENCE_INTENT = auto()
    NEEDS_LICENCE = auto()
    NEEDS_CONFIRMATION = auto()


_SUFFICIENT: dict[ControlClass, frozenset[Clearance]] = {
    ControlClass.RESTRICTED: frozenset(
        {Clearance.LICENCE_INTENT, Clearance.LICENSED, Clearance.REGISTERED}
    ),
    ControlClass.DUAL_USE: frozenset({Clearance.LICENSED}),
}
"""Only a licence lets dual-use technology out; to register a contract is no licence."""


def gate(
    exporting_country: str,
    receiving_country: str,
    control_class: ControlClass,
    clearances: tuple[Clearance | None, Clearance | None],
) -> Gate:
    """Return whether an introduction may take place, and if not what is missing.

    `clearances` are those that the exporting and the receiving side confirmed for this match; None
    where a side has not confirmed the class yet. Within one country nothing is exported. A free
    technology crosses without confirmation.
    """
    if exporting_country == receiving_country or control_class is ControlClass.FREE:
        return Gate.OPEN
    if control_class is ControlClass.NOT_CHECKED:
        return Gate.NOT_CHECKED
    if control_class is ControlClass.PROHIBITED:
        return Gate.PROHIBITED
    if clearances[0] not in _SUFFICIENT[control_class]:
        if control_class is ControlClass.RESTRICTED:
            return Gate.NEEDS_LICENCE_INTENT
        return Gate.NEEDS_LICENCE
    return Gate.OPEN if clearances[1] is not None else Gate.NEEDS_CONFIRMATION
