import pytest

from matchmaker.domain.languages import LOCALES, canonical, choose, reads
from matchmaker.domain.money import Money
from matchmaker.domain.permissions import GRANTS, SYSTEM, VISITOR, Actor, Permission, Role


@pytest.mark.parametrize(
    ("tag", "code"),
    [
        ("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh_Hans_CN", "zh-Hans"), ("zh-TW", "zh-Hant"),
        ("zh-Hant-HK", "zh-Hant"), ("tl", "fil"), ("fil-PH", "fil"), ("in", "id"),
        ("en-SG", "en"), ("pt-TL", "pt"), ("tet", "tet"), ("de", None), ("", None), ("-", None),
    ],
)  # fmt: skip
def test_canonical(tag: str, code: str | None) -> None:
    assert canonical(tag) == code


def test_every_locale_is_its_own_canonical_form() -> None:
    assert [canonical(code) for code in LOCALES] == list(LOCALES)


def test_a_reader_gets_the_own_language_then_english_then_the_original() -> None:
    assert choose(["th", "en", "zh-Hans"], "zh-Hans", "th") == "zh-Hans"
    assert choose(["th", "en"], "zh-Hans", "th") == "en"
    assert choose(["th", "vi"], "zh-Hans", "vi") == "vi"
    assert choose(["zh-Hant", "en"], "zh-Hans", "en") == "zh-Hant"


def test_who_reads_simplified_chinese_reads_traditional() -> None:
    assert reads(frozenset({"zh-Hans"}), "zh-Hant")
    assert not reads(frozenset({"zh-Hant"}), "zh-Hans")


def test_every_permission_is_granted_to_somebody_or_belongs_to_the_demo() -> None:
    granted = frozenset().union(*GRANTS.values())
    assert set(Permission) - granted == {Permission.MAIL_DEMO_READ}


def test_visitors_may_nothing_and_the_system_all() -> None:
    assert not VISITOR.permissions
    assert SYSTEM.permissions == frozenset(Permission)


def test_members_of_an_unverified_organisation_draft_but_do_not_read_the_member_tier() -> None:
    actor = Actor(
        user_id=1, roles=frozenset({Role.ACCOUNT}), unverified_organisation_ids=frozenset({7})
    )
    assert actor.may(Permission.LISTING_OWN_EDIT)
    assert not actor.reads_member_tier


def test_administrators_and_auditors_read_no_content() -> None:
    for role in (Role.ADMINISTRATOR, Role.AUDITOR):
        assert not Actor(user_id=1, roles=frozenset({role})).reads_member_tier


@pytest.mark.parametrize(("amount", "currency"), [(-1, "CNY"), (10**16, "CNY"), (1, "XXX")])
def test_money_refuses_what_cannot_be(amount: int, currency: str) -> None:
    with pytest.raises(ValueError, match=str(amount) if currency == "CNY" else currency):
        Money(amount, currency)
