"""A site that sends over a real mail server, on a database of its own."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask

from matchmaker.config import MailBackend, Settings
from matchmaker.database import Transactions
from matchmaker.extensions import db
from tests.integration.mail_server import MailServer
from tests.own_app import own_app


@pytest.fixture
def server() -> Iterator[MailServer]:
    server = MailServer()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def mail_site(own_settings: Settings, server: MailServer) -> Iterator[Flask]:
    settings = replace(
        own_settings,
        mail_backend=MailBackend.SMTP,
        mail_server="127.0.0.1",
        mail_port=server.port,
        mail_timeout=30,
        public_url="https://match.example.org",
        mail_sender="noreply@match.example.org",
    )
    with own_app(settings) as app:
        yield app


@pytest.fixture
def mail_transactions(mail_site: Flask) -> Transactions:
    return Transactions(db.engine)
