"""On the pages of a match: a button for each step that the person may take, and none for others."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session

from matchmaker.domain.vocabulary import MatchState, Side
from matchmaker.models import User
from tests.integration.matches.network import ALLOWED, ROLES, Network, make_network

Login = Callable[[User], FlaskClient]
S = MatchState

BY_FORM = {
    "offer": {S.OFFERED},
    "introduce": {S.INTRODUCED},
    "stop": {S.REJECTED},
    "reopen": {S.UNDER_REVIEW},
    "answer": {S.DECLINED},
    "outcome": {S.AGREEMENT},
    "confirm": {S.OUTCOME_CONFIRMED},
}
"""Where the buttons lead; those of a decision depend on the state."""
ELSEWHERE = {(S.SUGGESTED, S.UNDER_REVIEW), (S.LAPSED, S.UNDER_REVIEW)}
"""A party takes these on the page of a listing, by expressing interest."""
PARTIES = {"seller", "buyer", "both_sides", "staff_and_buyer"}
PEOPLE = [role for role in ROLES if role not in {"system", "visitor"}]


@pytest.fixture
def network(session: Session) -> Network:
    return make_network(session)


def offered(page: str, state: S) -> set[S]:
    """Where the forms of a page can take a match that stands in `state`."""
    found: set[S] = set()
    for name in re.findall(r'action="[^"]*/M-[^"/]+/([a-z_-]+)(?:/(?:offer|need))?"', page):
        found |= BY_FORM.get(name, set())
        if name == "decide":
            found |= {S.REJECTED, S.APPROVED if state is S.UNDER_REVIEW else S.UNDER_REVIEW}
    found |= {S(value) for value in re.findall(r'name="step-target" value="(\w+)"', page)}
    if state in {S.AGREEMENT, S.OUTCOME_CONFIRMED}:
        found.discard(state)  # the form corrects what is recorded
    select = re.search(r'(?s)<select[^>]*name="step-target".*?</select>', page)
    if select:
        found |= {S(value) for value in re.findall(r'value="(\w+)"', select.group(0))}
    return found


def pages_of(network: Network, client: FlaskClient, role: str, state: S) -> set[S]:
    """What all pages of the match offer to somebody together."""
    reference, found = network.match.reference, set()
    for path in (f"/en/desk/matches/{reference}", f"/en/my/matches/{reference}"):
        answer = client.get(path)
        if answer.status_code == 200:
            found |= offered(answer.text, state)
        else:
            assert answer.status_code in {403, 404}
    return found


@pytest.mark.parametrize("role", PEOPLE)
def test_a_button_for_each_step_and_none_for_others(
    network: Network, session: Session, login: Login, role: str
) -> None:
    client = login(network.users[role])
    wrong = []
    for state in S:
        with session.begin_nested() as point:
            network.stand_in(state)
            if state is S.UNDER_REVIEW:
                network.match.decisions.remove(network.match.decision(Side.NEED))
                network.match.decisions.remove(network.match.decision(Side.OFFER))
            shown = pages_of(network, client, role, state)
            point.rollback()
        expected = {after for (before, after), who in ALLOWED.items()
                    if before is state and role in who}  # fmt: skip
        expected -= {S.NO_REPLY}  # offered after 30 days of silence alone
        if role in PARTIES:
            expected -= {after for before, after in ELSEWHERE if before is state}
        if shown != expected:
            wrong.append((state.value, sorted(shown ^ expected)))
    assert wrong == []
