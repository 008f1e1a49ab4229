"""The thread of a case: who reads and writes, what is unread, who is told."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.match_states import CASE_STATES
from matchmaker.domain.vocabulary import ConfidentialAfter, MatchState, Side
from matchmaker.models import Appointment, CaseMessage, CentreDelegation, OutgoingMail
from matchmaker.queries import talks as find
from matchmaker.services import attachments, case_messages, matches
from matchmaker.services.case_messages import Upload, write_message
from tests.factories import NOW, make_appointment, make_membership, make_message, make_user
from tests.integration.matches.conftest import World

PDF = b"%PDF-1.7\ntrailer\n%%EOF\n"
PARTIES = {"seller", "buyer"}
STAFF = {"offer_staff", "need_staff"}
EVERYBODY = PARTIES | STAFF | {
    "other_staff", "other_member", "administrator", "auditor", "visitor",
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "uploads"


def say(world: World, who: str, body: str, folder: Path, **more: object) -> CaseMessage:
    return write_message(
        world.session, world.actor(who), world.match, body=body, folder=folder, now=NOW, **more
    )


def mails(world: World, who: str, code: str = "match_message") -> list[OutgoingMail]:
    return list(
        world.session.scalars(
            select(OutgoingMail).where(
                OutgoingMail.user_id == world.users[who].id, OutgoingMail.code == code
            )
        )
    )


def unread(world: World, who: str) -> int:
    actor = world.actor(who)
    return find.unread_counts(world.session, actor, [world.match.id]).get(world.match.id, 0)


@pytest.mark.parametrize("who", sorted(EVERYBODY))
@pytest.mark.parametrize("state", list(MatchState))
def test_who_reads_and_writes(world: World, folder: Path, who: str, state: MatchState) -> None:
    world.match.state = state
    may_read = who in PARTIES | STAFF and state in CASE_STATES
    talk = find.talk_of(world.actor(who), world.match)
    assert (talk is not None) is may_read
    if may_read:
        assert say(world, who, "Hello", folder).body == "Hello"
        return
    with pytest.raises(DomainError) as refused:
        say(world, who, "Hello", folder)
    assert refused.value.code is ErrorCode.NOT_FOUND
    with pytest.raises(DomainError):
        find.get_talk(world.session, world.actor(who), world.match.reference)


@pytest.mark.parametrize("who", sorted(PARTIES | STAFF))
@pytest.mark.parametrize("ending", [MatchState.DECLINED, MatchState.WITHDRAWN, MatchState.NO_REPLY])
def test_an_ended_case_is_only_read(
    world: World, folder: Path, who: str, ending: MatchState
) -> None:
    world.introduce()
    say(world, "seller", "Hello", folder)
    world.match.state = ending
    talk = find.talk_of(world.actor(who), world.match)
    assert talk is not None
    assert not talk.open
    assert [message.body for _n, message in find.messages(world.session, talk)] == ["Hello"]
    with pytest.raises(DomainError) as refused:
        say(world, who, "Too late", folder)
    assert refused.value.code is ErrorCode.THREAD_CLOSED


def test_staff_of_a_party_take_part_as_that_party(world: World) -> None:
    world.introduce()
    make_appointment(world.session, world.head_office, world.users["seller"])
    talk = find.talk_of(world.actor("seller"), world.match)
    assert talk is not None
    assert talk.side is Side.OFFER
    applicant = make_membership(world.session, world.seller, accepted=False)
    world.users["applicant"] = applicant
    assert find.talk_of(world.actor("applicant"), world.match) is None


def test_a_message_is_told_once_until_it_is_read(world: World, folder: Path) -> None:
    world.introduce()
    first = say(world, "seller", "First", folder)
    second = say(world, "seller", "Second", folder)
    assert len(mails(world, "buyer")) == 1
    assert "First" not in str(mails(world, "buyer")[0].data)
    assert mails(world, "seller") == []
    assert unread(world, "buyer") == 2
    assert unread(world, "seller") == 0
    case_messages.mark_read(world.session, world.actor("buyer"), second, now=NOW)
    assert unread(world, "buyer") == 0
    case_messages.mark_read(world.session, world.actor("buyer"), first, now=NOW)
    assert unread(world, "buyer") == 0, "an older page takes nothing back"
    say(world, "seller", "Third", folder)
    say(world, "seller", "Fourth", folder)
    assert len(mails(world, "buyer")) == 2
    assert unread(world, "buyer") == 2


def test_staff_are_told_who_work_on_it(world: World, folder: Path) -> None:
    world.introduce()
    say(world, "seller", "Hello", folder)
    assert mails(world, "offer_staff") == []
    world.match.offer_assignee = world.users["offer_staff"]
    say(world, "seller", "Hello again", folder)
    assert len(mails(world, "offer_staff")) == 1
    say(world, "need_staff", "We help", folder)
    say(world, "buyer", "Thank you", folder)
    assert len(mails(world, "need_staff")) == 1


def test_staff_speak_for_an_organisation_without_account(world: World, folder: Path) -> None:
    world.introduce()
    world.users["buyer"].active = False
    world.session.flush()
    say(world, "seller", "Hello", folder)
    assert len(mails(world, "need_staff")) == 1
    assert mails(world, "offer_staff") == []


def test_staff_who_left_the_case_are_told_nothing(world: World, folder: Path) -> None:
    world.introduce()
    say(world, "need_staff", "We help", folder)
    matches.hand_over(
        world.session, world.actor("need_staff"), world.match, Side.NEED,
        world.users["other_staff"].appointments[0].centre, note="Theirs", now=NOW,
    )  # fmt: skip
    say(world, "other_staff", "Now we help", folder)
    say(world, "seller", "Thank you", folder)
    assert mails(world, "need_staff") == [], "who handed over still works for a centre"
    assert len(mails(world, "other_staff")) == 1


def test_an_assignee_without_appointment_is_told_nothing(world: World, folder: Path) -> None:
    world.introduce()
    person = world.users["need_staff"]
    world.match.need_assignee = person
    world.session.delete(person.appointments[0])
    world.session.flush()
    world.session.expire(person)
    say(world, "seller", "Hello", folder)
    assert mails(world, "need_staff") == []


def test_staff_of_a_delegate_are_told_for_the_side_of_the_delegation(
    world: World, folder: Path
) -> None:
    world.introduce()
    delegate = world.users["other_staff"].appointments[0].centre
    delegation = CentreDelegation(
        centre=world.thai_centre, delegate=delegate, since=NOW - timedelta(days=9)
    )
    world.session.add(delegation)
    world.session.flush()
    say(world, "other_staff", "We act for the centre", folder)
    say(world, "seller", "Good", folder)
    (told,) = mails(world, "other_staff")
    assert told.data["side"] == Side.NEED.value
    delegation.until = NOW - timedelta(days=1)
    case_messages.mark_read(
        world.session, world.actor("offer_staff"), say(world, "buyer", "Hello", folder), now=NOW
    )
    say(world, "seller", "Still there?", folder)
    assert len(mails(world, "other_staff")) == 1


def test_the_language_is_recognised(world: World, folder: Path) -> None:
    world.introduce()
    thai = say(world, "buyer", "เราต้องการทราบราคาของกาวสำหรับแผ่นชานอ้อย", folder)
    chinese = say(world, "seller", "我们的胶水不含甲醛，可以寄样品。", folder)
    short = say(world, "seller", "OK 5G", folder)
    chosen = say(world, "seller", "OK", folder, language="vi")
    assert [m.language for m in (thai, chinese, short, chosen)] == ["th", "zh-Hans", "en", "vi"]


@pytest.mark.parametrize(
    ("body", "code"),
    [("  \n ", ErrorCode.TEXT_EMPTY), ("x" * 5001, ErrorCode.TEXT_TOO_LONG)],
)
def test_what_is_no_message(world: World, folder: Path, body: str, code: ErrorCode) -> None:
    world.introduce()
    with pytest.raises(DomainError) as refused:
        say(world, "seller", body, folder)
    assert (refused.value.code, refused.value.field) == (code, "body")


def test_files_are_checked_and_kept(world: World, folder: Path) -> None:
    world.introduce()
    message = say(world, "seller", "The paper", folder, files=[Upload(PDF, "../paper.pdf")])
    attachment = message.files[0].attachment
    assert attachment.filename == "paper.pdf"
    path = attachments.file_path(folder, attachment.token)
    assert path.read_bytes() == PDF
    for who in PARTIES | STAFF:
        talk = find.get_talk(world.session, world.actor(who), world.match.reference)
        assert find.talk_file(world.session, talk, attachment.token) is attachment
    with pytest.raises(DomainError):
        find.talk_file(world.session, talk, "x" * 43)
    attachment.uploaded_at = NOW.replace(year=2020)
    world.session.flush()
    attachments.remove_unused(world.session, folder, now=NOW)
    assert path.exists(), "a file of a thread is no rubbish"
    for files, code in (
        ([Upload(b"MZ\x90", "a.pdf")], ErrorCode.FILE_TYPE_REFUSED),
        ([Upload(PDF, "a.pdf")] * 6, ErrorCode.TOO_MANY_FILES),
    ):
        with pytest.raises(DomainError) as refused:
            say(world, "seller", "More", folder, files=files)
        assert (refused.value.code, refused.value.field) == (code, "files")


def test_an_anonymous_owner_stays_unnamed_until_the_agreement(world: World) -> None:
    world.introduce()
    revision = world.offer.revisions[0]
    revision.anonymous = True
    revision.confidential_after = ConfidentialAfter.NDA
    world.session.flush()
    seller = world.users["seller"]
    make_message(world.session, world.match, seller, side=Side.OFFER)

    def named(who: str) -> bool:
        talk = find.get_talk(world.session, world.actor(who), world.match.reference)
        speaker = find.speaker(world.session, talk, seller, Side.OFFER, centre="", locale="en")
        return bool(speaker.name) and bool(speaker.group)

    assert {who: named(who) for who in sorted(PARTIES | STAFF)} == {
        "buyer": False, "need_staff": True, "offer_staff": True, "seller": True,
    }  # fmt: skip


def test_somebody_who_left_a_centre_reads_no_more(world: World) -> None:
    world.introduce()
    staff = world.users["offer_staff"]
    assert find.talk_of(world.actor("offer_staff"), world.match) is not None
    world.session.delete(world.session.get_one(Appointment, (staff.id, world.head_office.id)))
    world.session.flush()
    world.session.expire_all()
    assert find.talk_of(world.actor("offer_staff"), world.match) is None
    world.users["stranger"] = make_user(world.session)
    assert find.talk_of(world.actor("stranger"), world.match) is None
