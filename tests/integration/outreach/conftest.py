"""A centre of Laos with somebody who works there."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from matchmaker.domain.permissions import Actor
from matchmaker.models import Centre, User
from tests.factories import actor_of, make_appointment, make_centre, make_sectors


@dataclass(frozen=True)
class Desk:
    """A centre and its staff."""

    centre: Centre
    person: User
    actor: Actor


@pytest.fixture
def desk(session: Session) -> Desk:
    make_sectors(session)
    make_centre(session, head_office=True)
    centre = make_centre(session, country="LA", languages=["lo"], time_zone="Asia/Vientiane")
    person = make_appointment(session, centre)
    return Desk(centre, person, actor_of(session, person))
