"""Who keeps services, and what everybody finds of them."""

import pytest
from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.vocabulary import OrganisationServiceKind, StageOfDevelopment
from matchmaker.models import OrganisationService
from matchmaker.queries import directory as find
from matchmaker.queries.directory import DirectoryFilter
from matchmaker.services import directory
from matchmaker.services.directory import ServiceDetails
from tests.factories import NOW, make_organisation, make_sectors, make_service
from tests.integration.matches.conftest import World, world

__all__ = ["world"]

K = OrganisationServiceKind


def add(world: World, who: str, **more: object) -> OrganisationService:
    make_sectors(world.session)
    details = ServiceDetails(kind=K.TESTING, **more)  # type: ignore[arg-type]
    return directory.add_service(
        world.session, world.actor(who), world.seller, details,
        language="zh-Hans", title="甘蔗渣检测", description="三天出报告。", now=NOW,
    )  # fmt: skip


def code_of(caught: pytest.ExceptionInfo[DomainError]) -> ErrorCode:
    return caught.value.code


def test_its_people_and_its_centre_keep_it(world: World) -> None:
    for who in ("seller", "offer_staff"):
        service = add(world, who, sectors=["sugar_cane"], places=["CN-GX", "TH"])
        assert find.kept_service(world.session, world.actor(who), service.reference) is service
    for who in ("buyer", "need_staff", "other_member", "administrator", "auditor", "visitor"):
        with pytest.raises(DomainError) as caught:
            add(world, who)
        assert code_of(caught) is ErrorCode.NOT_ALLOWED
        with pytest.raises(DomainError) as caught:
            find.kept_service(world.session, world.actor(who), service.reference)
        assert code_of(caught) is ErrorCode.NOT_FOUND


def test_nobody_else_reads_it_before_it_is_published(world: World) -> None:
    service = add(world, "seller")
    session, actor = world.session, world.actor("seller")
    assert find.public_service(session, service.reference) is None
    directory.publish(session, actor, service, published=True, now=NOW)
    assert find.public_service(session, service.reference) is service
    directory.publish(session, actor, service, published=False, now=NOW)
    assert find.directory(session, DirectoryFilter()).total == 0


def test_an_organisation_that_is_not_verified_publishes_nothing(world: World) -> None:
    service = add(world, "seller")
    world.seller.verified_at = None
    with pytest.raises(DomainError) as caught:
        directory.publish(world.session, world.actor("seller"), service, published=True, now=NOW)
    assert code_of(caught) is ErrorCode.ORGANISATION_NOT_VERIFIED
    service.published = True
    assert find.public_service(world.session, service.reference) is None


def test_texts_by_language(world: World) -> None:
    service, actor = add(world, "seller"), world.actor("seller")
    directory.write_text(
        world.session, actor, service, "en", title="Tests of bagasse", description="",
        version=service.lock_version, now=NOW,
    )  # fmt: skip
    assert find.service_text(service, "th").language == "en"
    assert find.service_text(service, "zh-Hans").title == "甘蔗渣检测"
    directory.remove_text(world.session, actor, service, "en", now=NOW)
    assert find.service_text(service, "th").language == "zh-Hans"
    with pytest.raises(DomainError):
        directory.remove_text(world.session, actor, service, "zh-Hans", now=NOW)


def test_two_people_at_once(world: World) -> None:
    service, actor = add(world, "seller"), world.actor("seller")
    seen = service.lock_version
    directory.save_service(
        world.session, actor, service, ServiceDetails(kind=K.TRAINING), version=seen, now=NOW
    )
    world.session.flush()
    with pytest.raises(DomainError) as caught:
        directory.save_service(
            world.session, actor, service, ServiceDetails(kind=K.LEGAL), version=seen, now=NOW
        )
    assert code_of(caught) is ErrorCode.STALE
    assert service.kind is K.TRAINING


@pytest.mark.parametrize(
    ("details", "code"),
    [
        ({"sectors": ["nowhere"]}, ErrorCode.UNKNOWN_CODE),
        ({"places": ["CN-XX"]}, ErrorCode.UNKNOWN_CODE),
        ({"places": ["china"]}, ErrorCode.UNKNOWN_CODE),
        ({"languages": ["xx"]}, ErrorCode.UNKNOWN_CODE),
        (
            {
                "stage_from": StageOfDevelopment.ON_THE_MARKET,
                "stage_to": StageOfDevelopment.CONCEPT,
            },
            ErrorCode.STAGES_REVERSED,
        ),
    ],
)
def test_what_a_form_may_not_say(world: World, details: dict[str, object], code: ErrorCode) -> None:
    with pytest.raises(DomainError) as caught:
        add(world, "seller", **details)
    assert code_of(caught) is code


def titles(session: Session, ranking: tuple[str, ...] = (), **wanted: object) -> list[str]:
    page = find.directory(session, DirectoryFilter(**wanted), ranking)  # type: ignore[arg-type]
    return [service.texts[0].title for service in page.services]


def test_what_is_found(world: World) -> None:
    session = world.session
    make_sectors(session)
    thai = make_organisation(session, country="TH", name="Khao Lab")
    make_service(session, thai, kind=K.TESTING, title="Food tests", sectors=["sugar_cane"])
    pilot = make_service(session, world.seller, title="Pilot line", places=["CN-GX", "VN"])
    make_service(session, world.seller, title="Hidden", published=False)
    assert titles(session) == ["Pilot line", "Food tests"]
    assert titles(session, kind=K.TESTING) == ["Food tests"]
    assert titles(session, country="TH") == ["Food tests"]
    assert titles(session, country="VN") == titles(session, country="CN") == ["Pilot line"]
    assert titles(session, sector="agriculture") == ["Food tests"]
    assert titles(session, words="PILOT") == ["Pilot line"]
    assert titles(session, words="khao") == ["Food tests"]
    assert titles(session, words="%") == []
    assert titles(session, (pilot.reference,), words="ชานอ้อย") == ["Pilot line"]
    assert find.directory(session, DirectoryFilter(), page=99).page == 1
