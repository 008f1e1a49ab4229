"""Casework from the engine's suggestion to a confirmed outcome: two centres, two parties, two
languages, and an auditor who watches."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from typing import Final

import pytest
from playwright.sync_api import expect

from matchmaker.config import Settings
from tests.e2e.casework import (
    COLLEAGUE,
    MILL,
    NEED,
    SECRET,
    VIENTIANE,
    Case,
    act,
    approve,
    check_introduced,
    find_match,
    find_on_desk,
    find_own,
    in_days,
    load_casework,
    open_case,
    pass_days,
    pdf,
    publish_bagasse,
    say_yes,
    tab,
    title_of,
    wait_for_match,
)
from tests.e2e.conftest import Visit
from tests.e2e.site import (
    AUDITOR,
    INSTITUTE,
    Site,
    body_of,
    running_site,
    wait_for,
)
from tests.e2e.visitor import Visitor

STORY: Final = (
    "The engine suggested this match with a score of",
    "Wei Xiulan assigned the side of the offer to Lin Fang.",
    "Anong Srisai took the match over.",
    "Anong Srisai set a due date for the side of the need",
    "Wei Xiulan approved for the side of the offer.",
    "Bounmy Keo approved for the side of the need.",
    "This was for Technology Transfer Centre Thailand (demo).",
    "Both centres have approved the match.",
    "Anong Srisai asked both parties.",
    "The organisation with the offer said yes.",
    "The organisation with the need said yes.",
    "Wei Xiulan confirmed for the exporting side: class “Restricted”",
    "Anong Srisai confirmed for the receiving side: class “Restricted”",
    "Anong Srisai introduced the parties to each other.",
    "The non-disclosure agreement came into force.",
    "Both sides agreed on a time for meeting",
    "The side of the need said of the talks: We have signed an agreement.",
    "Anong Srisai recorded the agreement: Technology licence.",
    "Wei Xiulan took the match from “Agreement” to “Outcome confirmed”.",
)


@pytest.fixture(scope="module")
def site(new_settings: Callable[[], Settings]) -> Iterator[Site]:
    """A site of this module's own: its statistics count these cases alone."""
    with running_site(new_settings(), load_casework) as site:
        yield site


def test_from_a_suggestion_to_a_confirmed_outcome(site: Site, visit: Visit) -> None:
    """An institute in Guangxi and a mill in Thailand sign a licence, and both centres see to it."""
    with site.write() as session:
        offer, need = publish_bagasse(session)
    case = open_case(site, visit, wait_for_match(site, offer, need))
    share_the_work(case)
    decide(case, visit)
    ask_both(case)
    hold_the_gate(case)
    clear_export(case)
    introduce(case)
    write_messages(case)
    sign_nda(case)
    meet(case)
    answer_by_mail(case, visit)
    record_agreement(case)
    auditor = visit("en")
    auditor.sign_in(AUDITOR)
    read_the_story(auditor, case)
    count_it(auditor, case.nanning)


def share_the_work(case: Case) -> None:
    """Both centres read why it was suggested, say who does it and by when, and write comments."""
    nanning, bangkok = case.nanning, case.bangkok
    find_on_desk(nanning, case.reference)
    act(nanning, "/assign/offer", assignee=COLLEAGUE)
    act(nanning, "/comment", note="研究院已有一条示范线。")
    find_on_desk(bangkok, case.reference)
    expect(bangkok.main.locator(".history")).to_contain_text("研究院已有一条示范线。")
    bangkok.send("/take-over/need")
    act(bangkok, "/due/need", due_on=in_days(14))
    act(bangkok, "/comment", note="The mill starts its season in December.")


def decide(case: Case, visit: Visit) -> None:
    """Nanning approves; Bangkok lets Vientiane decide while its people are away."""
    nanning, bangkok = case.nanning, case.bangkok
    find_on_desk(nanning, case.reference)
    approve(nanning, "offer")
    bangkok.go("/desk/")
    bangkok.follow(bangkok.main.locator('a[href$="/desk/delegations"]'))
    act(bangkok, "", to="la-vientiane", last_day=in_days(7))
    vientiane = visit("en")
    vientiane.sign_in(VIENTIANE)
    find_on_desk(vientiane, case.reference)
    approve(vientiane, "need", unread=True)
    bangkok.send("/end")


def ask_both(case: Case) -> None:
    """Bangkok asks; each party finds the question by the mail, in its language, and says yes."""
    find_on_desk(case.bangkok, case.reference)
    act(case.bangkok, f"/{case.reference}/offer")
    for party, own, _other in case.parties:
        link = case.site.link_in_mail(own, path=f"/my/matches/{case.reference}")
        assert f"/{party.locale}/" in link
        say_yes(party, case.reference)


def hold_the_gate(case: Case) -> None:
    """Nobody is introduced before somebody has looked at the export of the technology."""
    find_match(case.nanning, case.reference)
    case.nanning.send("/introduce")
    expect(case.nanning.main.locator(".error-summary")).to_be_visible()


def clear_export(case: Case) -> None:
    """The desk shows likely entries; Nanning classes the offer, and both sides clear the match."""
    nanning, bangkok = case.nanning, case.bangkok
    nanning.follow(nanning.main.locator('a[href$="#export-heading"]'))
    likely = nanning.main.locator(".likely", has_text="07-12")

    def is_shown() -> bool | None:
        nanning.page.reload()
        return likely.count() > 0 or None

    wait_for(is_shown, "the entry of the catalogue that the offer is like")
    expect(likely.locator("mark").first).to_contain_text("蔗渣")
    act(
        nanning, "/export-check",
        control_class="restricted", entries="07-12", note="纸浆模塑属限制类。",
        evidence=pdf("check.pdf"),
    )  # fmt: skip
    find_match(nanning, case.reference)
    act(
        nanning, "/clear/offer",
        clearance="licence_intent", entries="07-12", evidence=pdf("licence-intent.pdf"),
    )  # fmt: skip
    find_match(bangkok, case.reference)
    bangkok.send("/introduce")
    expect(bangkok.main.locator(".error-summary")).to_contain_text("confirm")
    act(
        bangkok,
        "/clear/need",
        clearance="licence_intent",
        number="LI 7/2026",
        note="No import rule applies.",
    )


def introduce(case: Case) -> None:
    """The gate is open: both get the other's contact by mail, each in its language."""
    act(case.bangkok, "/introduce")
    titles = [title_of("O01"), NEED["title"]]
    for party, own, other in case.parties:
        check_introduced(case.site, party, case.reference, to=own, other=other, titles=titles)
    assert "双方均已同意" in body_of(case.site.mail_to(INSTITUTE, having=MILL))
    expect(case.mill.main).not_to_contain_text(SECRET)


def write_messages(case: Case) -> None:
    """Messages go both ways, each with a file; what is unread is told by mail and counted."""
    institute, mill = case.institute, case.mill
    for sender, reader, address, body, file in (
        (institute, mill, MILL, "您好！样品检测报告见附件。", "report.pdf"),
        (mill, institute, INSTITUTE, "Thank you. Our fibre analysis is attached.", "fibre.pdf"),
    ):
        sender.follow(tab(sender, "/"))
        act(sender, "", body=body, files=pdf(file))
        reader.page.goto(case.site.link_in_mail(address, path=f"/talks/{case.reference}"))
        message = reader.main.locator(".message", has_text=body)
        expect(message.locator(".tag--amber")).to_be_visible()
        with reader.page.expect_download() as download:
            message.locator("a", has_text=file).click()
        assert download.value.suggested_filename == file
        download.value.path()  # before the next page: a download that comes late ends its loading
        reader.follow(tab(reader, "/"))
        expect(message.locator(".tag--amber")).to_have_count(0)


def sign_nda(case: Case) -> None:
    """Both accept the sample, each in its language; then what was kept for it is open."""
    for party, name in ((case.institute, "李桂香"), (case.mill, "Nok Wongsa")):
        party.follow(tab(party, "/agreement"))
        act(party, f"/accept?text={party.locale}", name=name, agreed=True)
    expect(case.mill.main.locator(".signatures")).to_contain_text("李桂香")
    find_own(case.mill, case.reference)
    expect(case.mill.main).to_contain_text(SECRET)
    act(case.mill, "/step", target="negotiating")


def meet(case: Case) -> None:
    """The mill proposes times of its zone; the institute takes one, and both calendars know."""
    institute, mill, site = case.institute, case.mill, case.site
    mill.follow(tab(mill, "/meetings"))
    mill.follow(mill.main.locator('a[href$="/meetings/new"]'))
    act(
        mill, "",
        title="First call", day_1=in_days(5), clock_1="14:30", day_2=in_days(6), clock_2="9:00",
        time_zone="Asia/Bangkok", place="https://meet.example.org/sugar", interpreter=True,
        interpret_from="zh-Hans", interpret_to="en",
    )  # fmt: skip
    institute.page.goto(site.link_in_mail(INSTITUTE, path=f"/talks/{case.reference}/meetings"))
    institute.follow(institute.main.locator("section.panel a.btn-primary"))
    expect(institute.main.locator(".proposed")).to_contain_text("15:30")
    institute.main.locator("[name$=starts_at]").first.check()
    act(institute, "/accept")
    for party, own, _other in case.parties:
        mail = site.mail_to(own, having="First call", attached="text/calendar")
        assert mail["Content-Language"] == party.locale
        assert "SUMMARY:First call" in body_of(mail, "text/calendar")


def answer_by_mail(case: Case, visit: Visit) -> None:
    """After a month both are asked; the mill answers by the mail's link, without signing in."""
    pass_days(case.site, case.reference, 31)
    assert "30 天" in body_of(case.site.mail_to(INSTITUTE, having="/follow-up/"))
    mail = body_of(case.site.mail_to(MILL, having="/follow-up/"))
    link = re.search(r"signed an agreement:\s+(http\S+)", mail)
    assert link is not None
    reader = visit("en", width=360)
    reader.page.goto(link[1])
    expect(reader.form().locator("[value=agreement_signed]")).to_be_checked()
    find_own(case.mill, case.reference)
    expect(case.mill.main.locator(".history")).not_to_contain_text("how the talks stand")
    reader.send()
    expect(reader.main).to_contain_text("Recorded: ")
    find_own(case.mill, case.reference)
    expect(case.mill.main.locator(".history")).to_contain_text("how the talks stand")


def record_agreement(case: Case) -> None:
    """Bangkok records what was signed; Nanning compares it with the contract and confirms it."""
    nanning, bangkok = case.nanning, case.bangkok
    find_on_desk(bangkok, case.reference)
    act(
        bangkok, f"/{case.reference}/outcome",
        contract_type="licence", signed_on=in_days(0), contract_value="1,200,000",
        transaction_value="800,000", currency="THB", registration_number="2026-45-0001",
        jobs="12", files=pdf("contract.pdf"),
    )  # fmt: skip
    expect(bangkok.form("/confirm")).to_have_count(0)
    find_on_desk(nanning, case.reference)
    evidence = nanning.main.locator(".evidence a")
    with nanning.page.expect_download() as download:
        evidence.click()
    download.value.path()  # as in `write_messages`
    act(nanning, "/confirm")
    for party, _own, _other in case.parties:
        find_own(party, case.reference)
        expect(party.main.locator("#agreement + p")).to_be_visible()
        expect(party.main).to_contain_text("2026-45-0001")
        expect(party.main).not_to_contain_text("contract.pdf")


def read_the_story(auditor: Visitor, case: Case) -> None:
    """The auditor reads what happened, in order and by name, and can neither act nor listen in."""
    auditor.go("/audit/matches/")
    filters = auditor.main.locator("details.filters")
    filters.locator("summary").click()
    filters.locator("[name=state]").select_option("outcome_confirmed")
    auditor.follow(filters.locator("button[type=submit]"))
    auditor.follow(auditor.main.locator(f'a[href$="/{case.reference}"]'))
    story, place = auditor.main.locator(".history").inner_text(), 0
    for sentence in STORY:
        assert sentence in story[place:], story
        place = story.index(sentence, place)
    expect(auditor.main.locator("form[method=post]")).to_have_count(0)
    expect(auditor.main).not_to_contain_text("season")
    for path in (f"/desk/matches/{case.reference}", f"/talks/{case.reference}/"):
        answer = auditor.page.request.get(f"{case.site.url}/en{path}")
        assert answer.status == 403


def count_it(auditor: Visitor, nanning: Visitor) -> None:
    """The statistics count the agreement, by pair of countries and, for its own centres, by value:
    what a single one is worth is nobody else's."""
    auditor.go("/desk/statistics/")
    for table in ("pairs", "contracts"):
        expect(auditor.main.locator(f'section[aria-labelledby="part-{table}"]')).to_be_visible()
    pairs = [row for row in csv_rows(auditor, "pairs") if row[:2] == ["China", "Thailand"]]
    assert [row[-2:] for row in pairs] == [["1", "1"]], pairs
    assert csv_rows(auditor, "contracts")[1][1:] == ["1", *["left out"] * 3]
    nanning.go("/desk/statistics/")
    contracts = csv_rows(nanning, "contracts")[1:]
    assert len(contracts) == 1, contracts
    assert contracts[0][0].startswith("THB")
    assert contracts[0][1:] == ["1", "1200000.00", "1200000.00", "800000.00"]


def csv_rows(reader: Visitor, table: str) -> list[list[str]]:
    """Download one table of the statistics, and return its rows."""
    with reader.page.expect_download() as download:
        reader.main.locator(f'a[href*="/files/{table}.csv"]').click()
    with download.value.path().open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))
