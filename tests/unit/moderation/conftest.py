"""Two centres, an organisation in Thailand, and somebody on the staff of each centre."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from sqlalchemy.orm import Session

from matchmaker.domain.permissions import Actor
from matchmaker.models import Centre, Organisation, User
from tests.factories import (
    actor_of,
    make_appointment,
    make_centre,
    make_membership,
    make_organisation,
    make_sectors,
)


@dataclass
class World:
    nanning: Centre
    bangkok: Centre
    thai: Organisation
    owner: User
    nanning_user: User
    bangkok_user: User
    nanning_staff: Actor
    bangkok_staff: Actor


@pytest.fixture
def world(session: Session) -> World:
    make_sectors(session)
    nanning = make_centre(session, head_office=True, languages=("zh-Hans", "en", "th"))
    bangkok = make_centre(
        session, country="TH", languages=("th", "en"), time_zone="Asia/Bangkok", code="th-bangkok"
    )
    thai = make_organisation(session, country="TH", name="Thai Sugar")
    owner = make_membership(session, thai)
    nanning_user = make_appointment(session, nanning)
    bangkok_user = make_appointment(session, bangkok)
    return World(
        nanning=nanning,
        bangkok=bangkok,
        thai=thai,
        owner=owner,
        nanning_user=nanning_user,
        bangkok_user=bangkok_user,
        nanning_staff=actor_of(session, nanning_user),
        bangkok_staff=actor_of(session, bangkok_user),
    )
