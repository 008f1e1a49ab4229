"""The page on what the engine learnt: what is missing, both blends, and who may switch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.matching.examples import WEIGHTS
from matchmaker.matching.feedback import Comparison, Measures
from matchmaker.matching.ranking import Blend
from matchmaker.models import TrainedBlend, User
from matchmaker.web.engine.presentation import NAMES
from tests.factories import NOW, make_appointment, make_centre, make_user
from tests.factories.decisions import DIFFERENT

PAGE = "/en/desk/engine/"
Login = Callable[[User], FlaskClient]


def trained(session: Session, *, better: bool = True, version: int = 1) -> TrainedBlend:
    one, other = Measures(0.7, 0.08, 0.71, 0.6), Measures(0.8, 0.07, 0.82, 0.5)
    comparison = Comparison(one, other, 0.1, 0.001 if better else 0.4, 0.0, 54)
    row = TrainedBlend(
        version=version, trained_at=NOW, approvals=60, rejections=70, last_entry_id=0,
        digest="0" * 64, base=asdict(Blend()), weights=asdict(DIFFERENT),
        measures=asdict(comparison), better=comparison.better, in_force=False,
    )  # fmt: skip
    session.add(row)
    session.flush()
    return row


@pytest.fixture
def people(session: Session) -> dict[str, User]:
    centre = make_centre(session, head_office=True)
    return {
        "staff": make_appointment(session, centre),
        "lead": make_appointment(session, centre, make_user(session, name="Lin Yan"), lead=True),
        "administrator": make_user(session, roles=["administrator"]),
    }


def test_with_too_few_decisions_it_says_how_many_are_missing(
    login: Login, people: dict[str, User]
) -> None:
    page = login(people["staff"]).get(PAGE).text
    assert "Matches are ranked without training." in page
    assert "There are not enough yet." in page
    assert '<td data-label="Missing">50</td>' in page
    assert "All versions" not in page


def test_both_blends_stand_side_by_side_and_staff_cannot_switch(
    session: Session, login: Login, people: dict[str, User]
) -> None:
    trained(session)
    browser = login(people["staff"])
    page = browser.get(PAGE).text
    for text in ("70% ± 8%", "80% ± 7%", "A shared sector", "counts more", "counts less"):
        assert text in page
    assert "The lead of a centre or an administrator can switch it on." in page
    assert "Rank by version" not in page
    assert browser.post(f"{PAGE}on").status_code == 403


@pytest.mark.parametrize("who", ["lead", "administrator"])
def test_it_is_switched_on_and_off(
    session: Session, login: Login, people: dict[str, User], who: str
) -> None:
    trained(session)
    browser = login(people[who])
    assert "Rank by version 1" in browser.get(PAGE).text
    page = browser.post(f"{PAGE}on", follow_redirects=True).text
    assert "Version 1 ranks from now on." in page
    assert f"Switched on by {people[who].name}." in page
    assert session.scalars(select(TrainedBlend)).one().in_force
    page = browser.post(f"{PAGE}off", follow_redirects=True).text
    assert "Matches are ranked without training." in page
    assert not session.scalars(select(TrainedBlend)).one().in_force


def test_one_that_is_not_better_cannot_be_switched_on(
    session: Session, login: Login, people: dict[str, User]
) -> None:
    trained(session, better=False)
    browser = login(people["lead"])
    page = browser.get(PAGE).text
    assert "may be luck" in page
    assert "cannot be switched on" in page
    assert "Rank by version" not in page
    assert "Only the newest version" in browser.post(f"{PAGE}on", follow_redirects=True).text
    assert not session.scalars(select(TrainedBlend)).one().in_force


def test_every_weight_has_a_name() -> None:
    assert tuple(NAMES) == WEIGHTS
    assert Blend.of(asdict(DIFFERENT)) == DIFFERENT
