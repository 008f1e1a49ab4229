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
        (C.DUAL_USE, K.REGISTERED, K.NONE, Gate.OPEN),
    ],
)
def test_gate_across_a_border(
    control_class: ControlClass,
    exporting: Clearance | None,
    receiving: Clearance | None,
    expected: Gate,
) -> None:
    assert gate("CN", "TH", control_class, (exporting, receiving)) is expected
