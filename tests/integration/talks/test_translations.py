"""Machine's versions of messages, made by a real HTTP service, which may fail."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from time import monotonic, sleep

import pytest
from flask import Flask
from sqlalchemy import select

from matchmaker.config import Settings, SettingsError
from matchmaker.database import Transactions
from matchmaker.domain.clock import utc_now
from matchmaker.domain.errors import DomainError
from matchmaker.domain.vocabulary import ListingKind, ListingState, MatchState
from matchmaker.extensions import db
from matchmaker.models import CaseMessage, CaseMessageTranslation, User
from matchmaker.queries.actors import load_actor
from matchmaker.services import case_messages
from matchmaker.worker import handlers
from matchmaker.worker.translator import LibreTranslate, TranslationError, Translator
from tests.factories import (
    make_centre,
    make_listing,
    make_match,
    make_membership,
    make_organisation,
    make_user,
)
from tests.integration.talks.translation_server import BODIES, TranslationServer
from tests.own_app import own_app


@pytest.fixture
def server() -> Iterator[TranslationServer]:
    server = TranslationServer()
    yield server
    server.stop()


@pytest.fixture
def machine(server: TranslationServer) -> Translator:
    return LibreTranslate(server.url, timeout=20)


@pytest.fixture
def site(own_settings: Settings, server: TranslationServer) -> Iterator[Flask]:
    """A site with a translator, and a message in Chinese to somebody who reads Thai."""
    settings = replace(
        own_settings, translator_url=server.url, translator_name="Babel fish", translator_timeout=20
    )
    with own_app(settings) as app:
        _write(Transactions(db.engine), own_settings)
        yield app


def _write(transactions: Transactions, settings: Settings) -> None:
    with transactions.write() as session:
        make_centre(session, head_office=True)
        make_centre(session, country="TH")
        seller, buyer = make_organisation(session), make_organisation(session, country="TH")
        author = make_membership(session, seller, make_user(session, locale="zh-Hans"))
        make_membership(session, buyer, make_user(session, locale="th"))
        match = make_match(
            session,
            make_listing(session, seller, state=ListingState.PUBLISHED),
            make_listing(session, buyer, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED),
            state=MatchState.INTRODUCED,
        )
        case_messages.write_message(
            session, load_actor(session, author.id, now=utc_now()), match,
            body="我们的胶水不含甲醛，可以寄样品。", folder=settings.upload_folder, translate=True,
            now=utc_now(),
        )  # fmt: skip


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[timedelta], None]:
    """Move the worker's clock."""

    def move(by: timedelta) -> None:
        moment = utc_now() + by
        monkeypatch.setattr(handlers, "utc_now", lambda: moment)

    return move


def versions(site: Flask) -> list[CaseMessageTranslation]:
    with Transactions(db.engine).read() as session:
        return list(session.scalars(select(CaseMessageTranslation)))


def due(site: Flask) -> bool:
    with Transactions(db.engine).read() as session:
        return handlers.translations_due(session)


# The client


def test_the_client_speaks_as_the_service_does(
    server: TranslationServer, machine: Translator
) -> None:
    assert {"en", "zh-Hans", "th", "fil"} <= machine.languages()
    assert "km" not in machine.languages()
    assert machine.translate("你好", "zh-Hans", "fil") == "[tl] 你好"
    assert server.asked == [{"q": "你好", "source": "zh", "target": "tl", "format": "text"}]


@pytest.mark.parametrize("trouble", [429, 503])
def test_it_tries_again_after_a_passing_fault(
    server: TranslationServer, machine: Translator, trouble: int
) -> None:
    server.answers = [trouble]
    assert machine.translate("Hello", "en", "th") == "[th] Hello"


@pytest.mark.parametrize(
    ("answers", "permanent"),
    [
        ([503, 503, 503], False), ([500], False), ([400], True), ([403], True),
        (["redirect"], True), *(([body], False) for body in BODIES),
    ],
)  # fmt: skip
def test_what_comes_of_a_fault(
    server: TranslationServer, machine: Translator, answers: list[int | str], permanent: bool
) -> None:
    server.answers = list(answers)
    with pytest.raises(TranslationError) as failed:
        machine.translate("Hello", "en", "th")
    assert failed.value.permanent is permanent
    assert "Hello" not in str(failed.value)
    assert not server.answers, "all that was queued was asked for, and no more"


def test_a_service_that_is_slow_is_given_up(server: TranslationServer) -> None:
    hasty = LibreTranslate(server.url, timeout=0.5)
    hasty._codes = LibreTranslate(server.url)._known()  # nothing but the translation is slow
    server.answers = ["slow"] * 3
    with pytest.raises(TranslationError) as failed:
        hasty.translate("Hello", "en", "th")
    assert not failed.value.permanent
    assert "Hello" not in str(failed.value)
    deadline = monotonic() + 20
    while server.answers and monotonic() < deadline:
        sleep(0.02)  # a busy server takes a question up after the client has given up
    assert not server.answers, "it was asked three times"


def test_what_is_never_sent(server: TranslationServer, machine: Translator) -> None:
    for text, target in (("Hello", "km"), ("x" * 10_001, "th")):
        with pytest.raises(TranslationError) as failed:
            machine.translate(text, "en", target)
        assert failed.value.permanent
    assert server.asked == []


@pytest.mark.parametrize(
    "languages",
    [{"error": "starting"}, [], ["en", "th"], [{"code": None}, {"name": "th"}], None, 7],
)
def test_a_service_that_does_not_say_what_it_knows_is_asked_again_later(
    server: TranslationServer, machine: Translator, languages: object
) -> None:
    right, server.languages = server.languages, languages
    with pytest.raises(TranslationError) as failed:
        machine.translate("Hello", "en", "th")
    assert not failed.value.permanent
    assert server.asked == []
    server.languages = right
    assert machine.translate("Hello", "en", "th") == "[th] Hello"


def test_a_service_that_is_away(machine: Translator, server: TranslationServer) -> None:
    server.stop()
    with pytest.raises(TranslationError) as failed:
        machine.translate("Hello", "en", "th")
    assert not failed.value.permanent


def test_the_key_is_sent(server: TranslationServer) -> None:
    server.key = "secret"
    with pytest.raises(TranslationError):
        LibreTranslate(server.url).translate("Hello", "en", "th")
    assert LibreTranslate(server.url, key="secret").translate("Hello", "en", "th")


def test_the_address_is_checked_and_off_by_default() -> None:
    environment = {"MATCHMAKER_ENV": "test"}
    assert not Settings.from_environment(environment).translates
    with pytest.raises(SettingsError):
        Settings.from_environment(environment | {"MATCHMAKER_TRANSLATOR_URL": "127.0.0.1:5000"})


# The worker


def test_the_worker_makes_what_is_wanted(site: Flask, server: TranslationServer) -> None:
    assert due(site)
    assert handlers.translate_messages() == 1
    (version,) = versions(site)
    assert version.language == "th"
    assert version.text == "[th] 我们的胶水不含甲醛，可以寄样品。"
    assert version.made_by == "Babel fish"
    assert version.made_at is not None
    assert not due(site)
    assert handlers.translate_messages() == 0
    assert len(server.asked) == 1


def test_a_service_that_fails_is_asked_again_later(
    site: Flask, server: TranslationServer, clock: Callable[[timedelta], None]
) -> None:
    server.answers = [500]
    assert handlers.translate_messages() == 0
    assert not due(site)
    (version,) = versions(site)
    assert (version.text, version.failed) == (None, False)
    clock(timedelta(minutes=2))
    assert handlers.translate_messages() == 1


def test_after_four_times_the_original_stands(
    site: Flask, server: TranslationServer, clock: Callable[[timedelta], None]
) -> None:
    server.answers = [500] * 4
    for hours in range(4):
        clock(timedelta(hours=hours))
        assert handlers.translate_messages() == 0
    (version,) = versions(site)
    assert version.failed
    clock(timedelta(hours=9))
    assert not due(site)
    with Transactions(db.engine).write() as session:
        message = session.scalars(select(CaseMessage)).one()
        reader = session.scalars(select(User).where(User.locale == "th")).one()
        actor = load_actor(session, reader.id, now=utc_now())
        case_messages.want_translation(session, actor, message, "th", now=utc_now())
        for language in ("zh-Hans", "xx"):
            with pytest.raises(DomainError):
                case_messages.want_translation(session, actor, message, language, now=utc_now())
    assert due(site), "it may be asked for again"
    assert handlers.translate_messages() == 1


def test_a_version_claimed_by_a_killed_process_is_made_again(
    site: Flask, clock: Callable[[timedelta], datetime]
) -> None:
    with Transactions(db.engine).write() as session:
        assert handlers.message_translations.claim_next(session, now=utc_now())
    assert handlers.translate_messages() == 0
    clock(timedelta(minutes=11))
    assert handlers.translate_messages() == 1


def test_a_version_that_kills_its_process_is_given_up(
    site: Flask, server: TranslationServer, clock: Callable[[timedelta], datetime]
) -> None:
    for hours in range(4):
        with Transactions(db.engine).write() as session:
            at = utc_now() + timedelta(hours=hours)
            assert handlers.message_translations.claim_next(session, now=at)
    clock(timedelta(hours=5))
    assert handlers.translate_messages() == 0
    assert server.asked == []
    (version,) = versions(site)
    assert version.failed
    assert not due(site)


@pytest.mark.parametrize("trouble", ["starting", "half a character", "deep"])
def test_a_strange_answer_is_a_failure_like_others(
    site: Flask, server: TranslationServer, clock: Callable[[timedelta], datetime], trouble: str
) -> None:
    right = server.languages
    if trouble == "starting":
        server.languages = {"error": "starting"}
    else:
        server.answers = [trouble]
    assert handlers.translate_messages() == 0
    (version,) = versions(site)
    assert not version.failed
    server.languages = right
    clock(timedelta(minutes=2))
    assert handlers.translate_messages() == 1


def test_without_a_translator_nothing_is_asked(own_settings: Settings) -> None:
    with own_app(own_settings) as app:
        assert handlers.translate_messages() == 0
        assert not due(app)
