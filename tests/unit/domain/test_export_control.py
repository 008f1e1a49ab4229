from itertools import product

import pytest

from matchmaker.domain.export_control import Gate, gate
from matchmaker.domain.vocabulary import Clearance, ControlClass

C, K = ControlClass, Clearance


@pytest.mark.parametrize("control_class", ControlClass)
def test_within_one_country_nothing_is_exported(control_class: ControlClass) -> None:
    assert gate("CN", "CN", control_class, (None, None)) is Gate.OPEN


@pytest.mark.parametrize(
    ("control_class", "exporting", "receiving", "expected"),
    [
        (C.FREE, None, None, Gate.OPEN),
        (C.NOT_CHECKED, K.LICENSED, K.LICENSED, Gate.NOT_CHECKED),
        (C.PROHIBITED, K.LICENSED, K.LICENSED, Gate.PROHIBITED),
        (C.RESTRICTED, None, None, Gate.NEEDS_LICENCE_INTENT),
        (C.RESTRICTED, K.NONE, K.NONE, Gate.NEEDS_LICENCE_INTENT),
        (C.RESTRICTED, K.LICENCE_INTENT, None, Gate.NEEDS_CONFIRMATION),
        (C.RESTRICTED, K.LICENCE_INTENT, K.NONE, Gate.OPEN),
        (C.RESTRICTED, K.LICENSED, K.NONE, Gate.OPEN),
        (C.DUAL_USE, K.LICENCE_INTENT, K.NONE, Gate.NEEDS_LICENCE),
        (C.DUAL_USE, K.LICENSED, None, Gate.NEEDS_CONFIRMATION),
        (C.DUAL_USE, K.LICENSED, K.NONE, Gate.OPEN),
        (C.DUAL_USE, K.REGISTERED, K.NONE, Gate.NEEDS_LICENCE),
    ],
)
def test_gate_across_a_border(
    control_class: ControlClass,
    exporting: Clearance | None,
    receiving: Clearance | None,
    expected: Gate,
) -> None:
    assert gate("CN", "TH", control_class, (exporting, receiving)) is expected


CLEARANCES = (None, *Clearance)
PAIRS = (("CN", "CN"), ("CN", "TH"), ("TH", "CN"), ("TH", "VN"))


@pytest.mark.parametrize(("exporting", "receiving"), PAIRS)
@pytest.mark.parametrize("control_class", ControlClass)
def test_every_class_with_every_clearance(
    exporting: str, receiving: str, control_class: ControlClass
) -> None:
    """The rule as the vocabulary writes it, for every pair of clearances of the two sides."""
    enough = {
        C.RESTRICTED: {"licence_intent", "licensed", "registered"},
        C.DUAL_USE: {"licensed"},
    }
    for ours, theirs in product(CLEARANCES, CLEARANCES):
        opens = (
            exporting == receiving
            or control_class is C.FREE
            or (
                control_class in enough
                and ours is not None
                and ours.value in enough[control_class]
                and theirs is not None
            )
        )
        found = gate(exporting, receiving, control_class, (ours, theirs))
        assert (found is Gate.OPEN) is opens, (ours, theirs)
