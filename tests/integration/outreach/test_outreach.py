"""Reaching organisations: mail for those with an account, tasks for the others, each once."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.permissions import SYSTEM
from matchmaker.domain.vocabulary import Channel, TaskKind, TaskState
from matchmaker.models import OutgoingMail, OutreachTask
from matchmaker.queries import outreach as find
from matchmaker.queries.outreach import Account
from matchmaker.services.outreach import (
    MAX_NOTE,
    MAX_QUESTION,
    ask_question,
    finish_task,
    open_task,
)
from tests.factories import (
    NOW,
    actor_of,
    make_appointment,
    make_centre,
    make_membership,
    make_organisation,
    make_user,
)
from tests.integration.outreach.conftest import Desk


def mails(session: Session) -> list[tuple[str, str]]:
    return [(m.code, m.recipient) for m in session.scalars(select(OutgoingMail))]


def tasks(session: Session) -> list[OutreachTask]:
    return list(session.scalars(select(OutreachTask)))


def test_question_to_an_account(session: Session, desk: Desk) -> None:
    organisation = make_organisation(session, country="LA", contact_email="x@example.org")
    owner = make_membership(session, organisation)
    make_membership(session, organisation, make_user(session, active=False))
    ask_question(session, desk.actor, organisation, "How moist is it?", now=NOW)
    ask_question(session, desk.actor, organisation, " How moist is it? ", now=NOW)
    assert mails(session) == [("question_asked", owner.email)]
    assert tasks(session) == []


def test_question_without_an_account(session: Session, desk: Desk) -> None:
    organisation = make_organisation(session, country="LA", channel=Channel.PHONE, phone="+85620")
    ask_question(session, desk.actor, organisation, "How moist is it?", now=NOW)
    ask_question(session, desk.actor, organisation, "How moist is it?", now=NOW)
    ask_question(session, desk.actor, organisation, "And how clean?", now=NOW)
    ask_question(session, desk.actor, organisation, "And how clean?", now=NOW + timedelta(days=1))
    assert [task.kind for task in tasks(session)] == [TaskKind.QUESTION] * 3
    assert tasks(session)[0].data["question"] == "How moist is it?"
    assert mails(session) == []


def test_contact_person_with_e_mail_is_written_to_besides(session: Session, desk: Desk) -> None:
    organisation = make_organisation(
        session, country="LA", channel=Channel.EMAIL, contact_email="x@example.org"
    )
    ask_question(session, desk.actor, organisation, "How moist is it?", now=NOW)
    assert mails(session) == [("question_asked", "x@example.org")]
    assert len(tasks(session)) == 1


@pytest.mark.parametrize(
    ("text", "code"),
    [("", ErrorCode.TEXT_EMPTY), (" \n", ErrorCode.TEXT_EMPTY),
     ("x" * (MAX_QUESTION + 1), ErrorCode.TEXT_TOO_LONG)],
)  # fmt: skip
def test_bad_questions(session: Session, desk: Desk, text: str, code: ErrorCode) -> None:
    organisation = make_organisation(session, country="LA")
    with pytest.raises(DomainError) as raised:
        ask_question(session, desk.actor, organisation, text, now=NOW)
    assert (raised.value.code, raised.value.field) == (code, "question")
    assert tasks(session) == []


def test_only_its_centre_asks(session: Session, desk: Desk) -> None:
    organisation = make_organisation(session, country="TH")
    with pytest.raises(DomainError) as raised:
        ask_question(session, desk.actor, organisation, "x", now=NOW)
    assert raised.value.code is ErrorCode.NOT_ALLOWED


@pytest.fixture
def task(session: Session, desk: Desk) -> OutreachTask:
    organisation = make_organisation(session, country="LA")
    return open_task(
        session, SYSTEM, organisation,
        kind=TaskKind.CONSENT, dedupe_key="x", now=NOW, code="match_offered",
    )  # fmt: skip


def test_finished_once(session: Session, desk: Desk, task: OutreachTask) -> None:
    finish_task(session, desk.actor, task, note="Said yes", now=NOW)
    assert (task.state, task.note, task.done_by_id) == (TaskState.DONE, "Said yes", desk.person.id)
    with pytest.raises(DomainError) as raised:
        finish_task(session, desk.actor, task, note="Again", now=NOW)
    assert raised.value.code is ErrorCode.TASK_DONE
    assert task.note == "Said yes"


def test_long_note(session: Session, desk: Desk, task: OutreachTask) -> None:
    with pytest.raises(DomainError) as raised:
        finish_task(session, desk.actor, task, note="x" * (MAX_NOTE + 1), now=NOW)
    assert (raised.value.code, raised.value.field) == (ErrorCode.TEXT_TOO_LONG, "note")
    assert task.state is TaskState.OPEN


def test_staff_see_their_own_centres(session: Session, desk: Desk, task: OutreachTask) -> None:
    other = actor_of(session, make_appointment(session, make_centre(session, country="TH")))
    reference, owner = task.reference, task.organisation.reference
    assert find.task(session, desk.actor, reference.lower()) is task
    assert find.tasks(session, desk.actor).rows == [task]
    assert find.tasks(session, desk.actor, state=TaskState.DONE).rows == []
    assert find.tasks_of(session, desk.actor, task.organisation) == [task]
    assert find.tasks(session, other).rows == find.organisations(session, other).rows == []
    assert find.tasks_of(session, other, task.organisation) == []
    for look in (
        lambda: find.task(session, other, reference),
        lambda: find.organisation(session, other, owner),
    ):
        with pytest.raises(DomainError) as raised:
            look()
        assert raised.value.code is ErrorCode.NOT_FOUND


def test_members_see_none(session: Session, desk: Desk, task: OutreachTask) -> None:
    member = actor_of(session, make_membership(session, make_organisation(session, country="LA")))
    assert find.tasks(session, member).total == find.organisations(session, member).total == 0


def test_organisations_by_account_and_name(session: Session, desk: Desk) -> None:
    without = make_organisation(session, country="LA", name="Savan 100% Sugar")
    own = make_organisation(session, country="LA", name="Mekong Boards")
    make_membership(session, own)
    assert find.organisations(session, desk.actor).rows == [without]
    assert find.organisations(session, desk.actor, account=Account.WITH).rows == [own]
    for words, total in (("savan", 1), ("100% s", 1), ("%", 1), ("_", 0), (without.reference, 1)):
        assert find.organisations(session, desk.actor, words=words).total == total, words


def test_pages(session: Session, desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(find, "PER_PAGE", 2)
    for _number in range(5):
        make_organisation(session, country="LA")
    page = find.organisations(session, desk.actor, page=9)
    assert (len(page.rows), page.number, page.pages, page.total) == (1, 3, 3, 5)
