"""Agreements: accepting the operator's text, signed files, and what opens with them."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from matchmaker.config import PROJECT_FOLDER
from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import Tier
from matchmaker.domain.vocabulary import ConfidentialAfter, MatchState, NdaState, Side
from matchmaker.models import AuditEntry, Nda, NdaText, OutgoingMail
from matchmaker.queries import ndas as find
from matchmaker.queries.case_tiers import party_tier, side_view
from matchmaker.queries.talks import get_talk
from matchmaker.services import matches, ndas
from matchmaker.services.case_messages import Upload
from tests.factories import NOW, make_nda_text
from tests.integration.matches.conftest import World

PDF = b"%PDF-1.7\ntrailer\n%%EOF\n"
OUTSIDERS = ("other_staff", "other_member", "administrator", "auditor", "visitor")


@pytest.fixture
def introduced(world: World) -> World:
    """A match after the introduction whose offer waits for an agreement; and the text of one."""
    world.introduce()
    world.offer.revisions[0].confidential_after = ConfidentialAfter.NDA
    world.offer.revisions[0].texts[0].confidential_detail = "The recipe of the glue"
    make_nda_text(world.session)
    return world


def accept(
    world: World, who: str, *, text: NdaText | None = None, language: str = "en",
    name: str = "Somchai Jaidee",
) -> Nda:  # fmt: skip
    body = (text or find.accepted_text(world.session, world.match)).body(language)
    return ndas.accept_text(
        world.session, world.actor(who), world.match,
        language=language, sha256=body.sha256, name=name, now=NOW,
    )  # fmt: skip


def upload(world: World, who: str, folder: Path, content: bytes = PDF) -> Nda:
    return ndas.upload_nda(
        world.session, world.actor(who), world.match, Upload(content, "signed.pdf"),
        folder=folder, now=NOW,
    )  # fmt: skip


def confirm(world: World, who: str, nda: Nda) -> Nda:
    return ndas.confirm_upload(
        world.session, world.actor(who), world.match, sha256=nda.attachment.sha256, now=NOW
    )


def told(world: World, code: str) -> set[str]:
    people = {user.id: name for name, user in world.users.items()}
    found = world.session.scalars(select(OutgoingMail).where(OutgoingMail.code == code))
    return {people[mail.user_id] for mail in found}


def details_open(world: World) -> bool:
    """Whether the buyer reads the confidential detail of the offer."""
    view = side_view(
        world.session, world.match, Side.OFFER,
        party_tier(world.session, world.match, Side.OFFER), "en",
    )  # fmt: skip
    return any(passage.text == "The recipe of the glue" for passage in view.passages)


def test_both_sides_accept_the_same_text(introduced: World) -> None:
    world = introduced
    first = accept(world, "seller", language="zh-Hans", name=" 李  明 ")
    assert first.state is NdaState.PROPOSED
    assert world.match.state is MatchState.INTRODUCED
    assert not details_open(world), "one side alone opens nothing"
    assert told(world, "match_nda_proposed") == {"buyer"}
    newer = make_nda_text(world.session)
    assert find.accepted_text(world.session, world.match) is first.nda_text
    with pytest.raises(DomainError) as refused:
        accept(world, "buyer", text=newer)
    assert refused.value.code is ErrorCode.NDA_CHANGED
    nda = accept(world, "buyer")
    assert nda is first
    assert nda.state is NdaState.IN_FORCE
    assert world.match.state is MatchState.NDA
    assert details_open(world)
    assert told(world, "match_nda_in_force") == {"seller", "buyer"}
    signed = nda.acceptance(Side.OFFER)
    assert signed is not None
    assert (signed.name, signed.organisation_name, signed.at) == ("李 明", "Guangxi Boards", NOW)
    body = nda.nda_text.body("zh-Hans")
    assert signed.sha256 == find.fingerprint(body.title, body.body)
    with pytest.raises(DomainError) as again:
        accept(world, "buyer")
    assert again.value.code is ErrorCode.NDA_IN_FORCE


def test_who_accepts(introduced: World) -> None:
    for who in ("offer_staff", "need_staff"):
        with pytest.raises(DomainError) as refused:
            accept(introduced, who)
        assert refused.value.code is ErrorCode.NOT_ALLOWED
    for who in OUTSIDERS:
        with pytest.raises(DomainError) as refused:
            accept(introduced, who)
        assert refused.value.code is ErrorCode.NOT_FOUND
    accept(introduced, "seller")
    with pytest.raises(DomainError) as refused:
        accept(introduced, "seller")
    assert refused.value.code is ErrorCode.NDA_CHANGED
    with pytest.raises(DomainError) as refused:
        accept(introduced, "buyer", name="  ")
    assert (refused.value.code, refused.value.field) == (ErrorCode.TEXT_EMPTY, "name")


def test_a_later_state_stays(introduced: World) -> None:
    introduced.match.state = MatchState.NEGOTIATING
    accept(introduced, "seller")
    accept(introduced, "buyer")
    assert introduced.match.state is MatchState.NEGOTIATING
    assert details_open(introduced)


@pytest.mark.parametrize(
    ("by", "confirmers", "refused"),
    [
        ("seller", {"buyer", "need_staff"}, {"seller", "offer_staff"}),
        ("buyer", {"seller", "offer_staff"}, {"buyer", "need_staff"}),
        ("offer_staff", {"buyer", "need_staff"}, {"offer_staff", "seller"}),
    ],
)
def test_who_confirms_a_signed_file(
    introduced: World, tmp_path: Path, by: str, confirmers: set[str], refused: set[str]
) -> None:
    world = introduced
    nda = upload(world, by, tmp_path)
    assert not details_open(world)
    for who in (*refused, *OUTSIDERS):
        with pytest.raises(DomainError) as error:
            confirm(world, who, nda)
        wanted = ErrorCode.NOT_ALLOWED if who in refused else ErrorCode.NOT_FOUND
        assert error.value.code is wanted, who
    for who in sorted(confirmers):
        point = world.session.begin_nested()
        confirm(world, who, nda)
        assert world.match.state is MatchState.NDA
        assert details_open(world)
        point.rollback()
        world.session.expire_all()


def test_staff_of_both_sides_stand_for_both_but_not_alone(
    introduced: World, tmp_path: Path
) -> None:
    world = introduced
    world.match.need_centre_id = world.match.offer_centre_id
    world.session.flush()
    nda = upload(world, "seller", tmp_path)
    confirm(world, "offer_staff", nda)
    assert nda.need_confirmed_by_id == world.users["offer_staff"].id
    assert details_open(world)


def test_what_staff_of_both_sides_upload_needs_somebody_else(
    introduced: World, tmp_path: Path
) -> None:
    world = introduced
    world.match.need_centre_id = world.match.offer_centre_id
    world.session.flush()
    nda = upload(world, "offer_staff", tmp_path)
    with pytest.raises(DomainError):
        confirm(world, "offer_staff", nda)
    assert not details_open(world)
    confirm(world, "seller", nda)
    assert details_open(world)


def test_the_sample_binds_nobody_unless_it_is_a_demonstration(introduced: World) -> None:
    world = introduced
    sample = make_nda_text(world.session, sample=True)
    body = sample.body("en")
    assert body is not None

    def sign(who: str, *, demo: bool) -> Nda:
        text = find.accepted_text(world.session, world.match)
        own = text.body("en") if text is not None else None
        assert own is not None
        return ndas.accept_text(
            world.session, world.actor(who), world.match, language="en", sha256=own.sha256,
            name="A. Person", sample_counts=demo, now=NOW,
        )  # fmt: skip

    with pytest.raises(DomainError) as caught:
        sign("seller", demo=False)
    assert caught.value.code is ErrorCode.NDA_SAMPLE
    waiting = sign("seller", demo=True)
    real = make_nda_text(world.session)
    signed = sign("seller", demo=False)
    assert (waiting.state, signed.nda_text) == (NdaState.REPLACED, real)
    assert sign("buyer", demo=False).state is NdaState.IN_FORCE


def test_a_refused_file_makes_room_for_another(introduced: World, tmp_path: Path) -> None:
    world = introduced
    first = upload(world, "seller", tmp_path)
    with pytest.raises(DomainError) as refused:
        accept(world, "buyer")
    assert refused.value.code is ErrorCode.NDA_CHANGED, "a file waits by now"
    ndas.refuse_upload(
        world.session, world.actor("buyer"), world.match,
        sha256=first.attachment.sha256, now=NOW,
    )  # fmt: skip
    assert first.state is NdaState.REFUSED
    assert "seller" in told(world, "match_nda_refused")
    second = upload(world, "seller", tmp_path, PDF + b"second\n%%EOF\n")
    third = upload(world, "buyer", tmp_path, PDF + b"third\n%%EOF\n")
    assert second.state is NdaState.REPLACED
    with pytest.raises(DomainError) as stale:
        confirm(world, "seller", second)
    assert stale.value.code is ErrorCode.NDA_CHANGED
    confirm(world, "seller", third)
    talk = get_talk(world.session, world.actor("buyer"), world.match.reference)
    assert find.shown_nda(world.session, talk) is third
    assert set(find.past_ndas(world.session, talk)) == {first, second}


@pytest.mark.parametrize("who", ["seller", "buyer", "offer_staff", "need_staff"])
def test_nobody_says_alone_that_there_is_an_agreement(introduced: World, who: str) -> None:
    with pytest.raises(DomainError) as refused:
        matches.take_step(
            introduced.session, introduced.actor(who), introduced.match, MatchState.NDA, now=NOW
        )
    assert refused.value.code is ErrorCode.NDA_MISSING
    introduced.match.state = MatchState.NDA
    assert party_tier(introduced.session, introduced.match, Side.OFFER) is Tier.MEMBER


def test_an_agreement_of_an_earlier_introduction_does_not_count(introduced: World) -> None:
    world = introduced
    accept(world, "seller")
    accept(world, "buyer")
    world.match.introduced_at = NOW.replace(year=2027)
    world.session.flush()
    assert not details_open(world)
    assert accept(world, "seller").state is NdaState.PROPOSED


def test_a_signature_of_an_earlier_introduction_does_not_count(introduced: World) -> None:
    world = introduced
    session, staff = world.session, world.actor("need_staff")
    old = accept(world, "seller")
    matches.take_step(session, staff, world.match, MatchState.WITHDRAWN, now=NOW)
    matches.reopen(session, staff, world.match, note="They want to talk again", now=NOW)
    session.flush()
    world.introduce()
    newer = make_nda_text(session)
    nda = accept(world, "buyer")
    assert (nda.state, nda.nda_text) == (NdaState.PROPOSED, newer)
    assert old.state is NdaState.REPLACED
    assert not details_open(world)


def test_a_signed_file_of_an_earlier_introduction_is_not_confirmed(
    introduced: World, tmp_path: Path
) -> None:
    """Also where it still waits in a row that an older version of the site left behind."""
    world = introduced
    old = upload(world, "buyer", tmp_path)
    world.match.introduced_at = NOW + timedelta(days=1)
    world.session.flush()
    with pytest.raises(DomainError) as refused:
        confirm(world, "seller", old)
    assert refused.value.code is ErrorCode.NDA_CHANGED
    assert upload(world, "buyer", tmp_path).state is NdaState.PROPOSED


def test_a_signature_of_an_anonymous_owner_is_named_when_it_is_in_force(introduced: World) -> None:
    world = introduced
    world.offer.revisions[0].anonymous = True
    nda = accept(world, "seller")

    def named(who: str) -> bool:
        talk = get_talk(world.session, world.actor(who), world.match.reference)
        return find.signatures(world.session, talk, nda)[0].named

    assert not named("buyer")
    assert named("seller")
    assert named("need_staff")
    accept(world, "buyer")
    assert named("buyer")


def test_the_audit_trail_holds_no_names(introduced: World) -> None:
    accept(introduced, "seller", name="Zebulon")
    entries = introduced.session.scalars(
        select(AuditEntry).where(AuditEntry.action == "nda_accepted")
    ).all()
    assert len(entries) == 1
    assert "Zebulon" not in str(entries[0].data)


def test_only_administrators_publish_a_text(world: World) -> None:
    bodies = {"en": ("Title", "Body"), "th": ("", "")}
    for who in ("seller", "offer_staff", "auditor", "visitor"):
        with pytest.raises(DomainError) as refused:
            ndas.publish_text(world.session, world.actor(who), bodies, now=NOW)
        assert refused.value.code is ErrorCode.NOT_ALLOWED
    administrator = world.actor("administrator")
    first = ndas.publish_text(world.session, administrator, bodies, now=NOW)
    second = ndas.publish_text(world.session, administrator, bodies, now=NOW)
    assert (first.version, second.version) == (1, 2)
    assert [body.language for body in first.bodies] == ["en"]
    assert find.current_text(world.session) is second
    for wrong, field in (({"en": ("Title", "")}, "body-en"), ({"xx": ("a", "b")}, "language")):
        with pytest.raises(DomainError) as refused:
            ndas.publish_text(world.session, administrator, wrong, now=NOW)
        assert refused.value.field == field
    with pytest.raises(DomainError):
        ndas.publish_text(world.session, administrator, {"en": ("", "")}, now=NOW)


def test_the_sample_is_loaded_once_and_says_what_it_is(world: World) -> None:
    folder = PROJECT_FOLDER / "seeds" / "nda"
    assert ndas.load_sample(world.session, folder, now=NOW)
    assert not ndas.load_sample(world.session, folder, now=NOW)
    text = find.current_text(world.session)
    assert text is not None
    assert text.sample
    english, chinese = text.body("en"), text.body("zh-Hans")
    assert english is not None
    assert chinese is not None
    assert english.title.startswith("SAMPLE")
    assert "not legal advice" in english.body
    assert "样本" in chinese.title
    assert "不构成法律意见" in chinese.body
