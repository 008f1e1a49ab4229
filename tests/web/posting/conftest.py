"""A member of a Chinese organisation at work, and a form-filling helper."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from flask.testing import FlaskClient
from sqlalchemy.orm import Session
from werkzeug.datastructures import MultiDict
from werkzeug.test import TestResponse, encode_multipart

from matchmaker.domain.vocabulary import ListingKind, ListingState
from matchmaker.models import Centre, Listing, Organisation, User
from tests.factories import (
    make_centre,
    make_listing,
    make_membership,
    make_organisation,
    make_sectors,
)
from tests.web.posting.pages import Page, read


@dataclass
class Desk:
    """A signed-in member and the rows around."""

    session: Session
    client: FlaskClient
    login: Callable[[User], FlaskClient]
    centre: Centre
    organisation: Organisation
    user: User

    def get(self, path: str) -> Page:
        """Open a page, which must be there."""
        answer = self.client.get(path)
        assert answer.status_code == 200, answer.status_code
        return read(answer.text)

    def send(self, path: str, **changes: object) -> TestResponse:
        """Open a page, fill in its form, send it."""
        return self.post(path, {**self.get(path).fields, **changes})

    def post(self, path: str, fields: dict[str, object]) -> TestResponse:
        """Send a form, files included, from memory."""
        boundary, body = encode_multipart(MultiDict(fields))
        kind = f'multipart/form-data; boundary="{boundary}"'
        return self.client.post(path, data=body, content_type=kind)

    def listing(
        self,
        state: ListingState = ListingState.DRAFT,
        kind: ListingKind = ListingKind.OFFER,
        **more: object,
    ) -> Listing:
        """A listing of the member's organisation."""
        return make_listing(self.session, self.organisation, state=state, kind=kind, **more)  # type: ignore[arg-type]


@pytest.fixture
def desk(session: Session, client: FlaskClient, login: Callable[[User], FlaskClient]) -> Desk:
    make_sectors(session)
    centre = make_centre(session, head_office=True)
    organisation = make_organisation(session, name="Sugar Works")
    user = make_membership(session, organisation)
    login(user)
    return Desk(session, client, login, centre, organisation, user)
