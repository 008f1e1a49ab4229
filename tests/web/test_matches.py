"""The staff desk of matches in a browser without scripts."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.vocabulary import (
    Band,
    ControlClass,
    ListingKind,
    ListingState,
    MatchState,
    RevisionState,
    Side,
    Verdict,
)
from matchmaker.matching.glossary import Concept, Glossary, Label
from matchmaker.models import Match, MatchDecision, TranslationRequest, User
from matchmaker.services import attachments, matches
from matchmaker.web import glossing
from tests.factories import (
    NOW,
    actor_of,
    add_text,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_membership,
    make_organisation,
    make_revision,
    make_sectors,
    make_user,
)

PDF = b"%PDF-1.7\ntrailer\n%%EOF\n"
Login = Callable[[User], FlaskClient]


class Desk:
    """Two centres, a match between them, and their staff."""

    def __init__(self, session: Session) -> None:
        self.session = session
        make_sectors(session)
        self.head_office = make_centre(session, head_office=True)
        self.thai = make_centre(session, country="TH")
        self.cn_staff = make_appointment(session, self.head_office)
        self.th_staff = make_appointment(session, self.thai)
        self.seller = make_organisation(session, name="Guangxi Boards")
        self.buyer = make_organisation(session, country="TH", name="Khon Kaen Sugar")
        self.seller_user = make_membership(session, self.seller)
        self.buyer_user = make_membership(session, self.buyer)
        self.offer = make_listing(
            session, self.seller, state=ListingState.PUBLISHED, control_class=ControlClass.FREE,
            title="Boards <b>of</b> bagasse", texts={"confidential_detail": "The secret glue"},
        )  # fmt: skip
        self.need = make_listing(
            session, self.buyer, kind=ListingKind.DEMAND, state=ListingState.PUBLISHED,
            title="Use for our bagasse", description="Bagasse & cane tops are burnt.",
            sectors=("biomedicine",),
        )  # fmt: skip
        self.match = make_match(session, self.offer, self.need)
        self.match.band = Band.STRONG
        self.match.reasons = [
            {"kind": "words", "left": "bagasse", "right": "bagasse", "label": None, "share": 0.8},
            {"kind": "sector", "left": "sugar_cane", "right": "sugar_cane", "share": 0.2},
        ]
        session.flush()

    @property
    def url(self) -> str:
        return f"/en/desk/matches/{self.match.reference}"

    def another(self, score: int) -> Match:
        offer = make_listing(self.session, self.seller, state=ListingState.PUBLISHED)
        return make_match(self.session, offer, self.need, score=score)


@pytest.fixture
def desk(session: Session) -> Desk:
    return Desk(session)


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found, name
    return found.group(1)


def sent(client: FlaskClient, desk: Desk, form: str, **fields: str) -> dict[str, str]:
    """The fields of a form of the review page, as a browser would send them."""
    page = client.get(desk.url).text
    names = {name: hidden(page, f"{form}-{name}") for name in ("version", "seen", "known")}
    return {f"{form}-{name}": value for name, value in (names | fields).items()}


def test_the_queue_ranks_and_filters(desk: Desk, login: Login) -> None:
    weak = desk.another(50)
    client = login(desk.th_staff)
    page = client.get("/en/desk/matches/").text
    assert page.index(desk.match.reference) < page.index(weak.reference)
    assert "Waits for us" in page
    assert "Boards &lt;b&gt;of&lt;/b&gt; bagasse" in page

    def shown(query: str) -> set[str]:
        text = client.get(f"/en/desk/matches/?{query}").text
        return {m.reference for m in (desk.match, weak) if m.reference in text}

    assert shown("band=strong") == {desk.match.reference}
    assert shown("state=offered") == set()
    assert shown("sector=sugar_cane&offer_country=CN&need_country=TH") == {
        desk.match.reference, weak.reference,
    }  # fmt: skip
    assert shown("sector=agriculture") == {desk.match.reference, weak.reference}
    assert shown("sector=machinery") == set()
    assert shown("need_country=CN") == set()
    assert shown("language=en") == {desk.match.reference, weak.reference}
    assert shown("language=th") == set()
    assert shown("mine=y") == set()
    assert shown("waiting=y") == {desk.match.reference, weak.reference}
    weak.decisions.append(
        MatchDecision(side=Side.NEED, verdict=Verdict.APPROVE, centre_id=desk.thai.id, at=NOW)
    )
    assert shown("waiting=y") == {desk.match.reference}
    assert shown("state=nonsense&band=x&sector=%27") == {desk.match.reference, weak.reference}


def test_pages_neither_skip_nor_repeat(desk: Desk, login: Login) -> None:
    made = {desk.match.reference} | {desk.another(60).reference for _ in range(29)}
    client = login(desk.cn_staff)
    first = client.get("/en/desk/matches/").text
    following = re.search(r'rel="next" href="([^"]+)"', first)
    assert following
    link = following.group(1).replace("&amp;", "&")
    second = client.get(link).text
    rows = [set(re.findall(r'name="match" value="(M-[^:]+)', page)) for page in (first, second)]
    assert not rows[0] & rows[1]
    assert rows[0] | rows[1] == made


@pytest.mark.parametrize("after", ["x", "0000" + "9" * 40, "9" * 5000, "²"])
def test_a_broken_place_shows_the_first_page(desk: Desk, login: Login, after: str) -> None:
    page = login(desk.cn_staff).get("/en/desk/matches/", query_string={"after": after})
    assert page.status_code == 200
    assert desk.match.reference in page.text


def test_others_do_not_see_the_desk(desk: Desk, login: Login, client: FlaskClient) -> None:
    assert client.get(desk.url).status_code == 302
    other = make_appointment(desk.session, make_centre(desk.session, country="VN"))
    assert login(other).get(desk.url).status_code == 404
    assert login(desk.buyer_user).get(desk.url).status_code == 403


def test_the_review_marks_reasons_and_escapes(desk: Desk, login: Login) -> None:
    page = login(desk.cn_staff).get(desk.url).text
    assert 'Boards &lt;b&gt;of&lt;/b&gt; <mark data-reasons="1">bagasse</mark>' in page
    assert '<mark data-reasons="1">Bagasse</mark> &amp; cane tops' in page
    assert "Sugar cane" in page
    assert "The secret glue" not in page
    assert "80%" in page


def test_the_review_tells_what_speaks_against_and_hides_what_is_nothing(
    desk: Desk, login: Login
) -> None:
    desk.match.reasons = [
        {"kind": "words", "left": "bagasse", "right": "bagasse", "label": None, "share": 1.1},
        {"kind": "stage", "left": "concept", "right": "lab_tested", "share": -0.1},
        {"kind": "latent", "left": "", "right": "", "label": None, "share": -0.05},
        {"kind": "rest", "left": "", "right": "", "label": None, "share": -0.0001},
    ]
    desk.session.flush()
    page = login(desk.cn_staff).get(desk.url).text
    assert "The wanted stage is not reached" in page
    assert "Less alike in meaning than unrelated texts are" in page
    assert "-10%" in page
    assert "Smaller things" not in page


def test_the_review_says_that_phrases_are_still_compared(desk: Desk, login: Login) -> None:
    desk.match.phrases_due = True
    titles = {"left": "Boards of bagasse", "right": "Use for our bagasse", "label": "titles"}
    desk.match.reasons = [{"kind": "latent", "share": 1.0} | titles]
    desk.session.flush()
    page = login(desk.cn_staff).get(desk.url).text
    assert "is still being compared" in page
    assert "<mark" not in page
    desk.match.phrases_due = False
    desk.session.flush()
    assert "is still being compared" not in login(desk.cn_staff).get(desk.url).text


def test_confidential_detail_opens_to_staff_under_review(desk: Desk, login: Login) -> None:
    desk.match.state = MatchState.UNDER_REVIEW
    assert "The secret glue" in login(desk.th_staff).get(desk.url).text
    make_membership(desk.session, desk.buyer, desk.th_staff)
    page = login(desk.th_staff).get(desk.url).text
    assert "The secret glue" not in page
    assert "somebody else must decide" in page


def test_approving_and_introducing(desk: Desk, login: Login) -> None:
    for staff, side in ((desk.cn_staff, "offer"), (desk.th_staff, "need")):
        client = login(staff)
        fields = sent(client, desk, f"decide-{side}", verdict="approve")
        answer = client.post(f"{desk.url}/decide/{side}", data=fields)
        assert answer.status_code == 302
    assert desk.match.state is MatchState.APPROVED
    client.post(f"{desk.url}/offer", data=sent(client, desk, "offer"))
    assert desk.match.state is MatchState.OFFERED
    early = client.post(f"{desk.url}/introduce", data=sent(client, desk, "introduce"))
    assert early.status_code == 409
    assert "Both parties must say yes first." in early.text
    for user in (desk.seller_user, desk.buyer_user):
        party = login(user)
        url = f"/en/my/matches/{desk.match.reference}"
        page = party.get(url).text
        version = hidden(page, "answer-version")
        party.post(f"{url}/answer", data={"answer-version": version, "answer-answer": "yes"})
    client = login(desk.th_staff)
    client.post(f"{desk.url}/introduce", data=sent(client, desk, "introduce"))
    assert desk.match.state is MatchState.INTRODUCED
    history = client.get(desk.url).text
    assert "approved for the side of the offer" in history
    assert "The organisation with the need said yes." in history


def test_a_rejection_without_reason_keeps_what_was_typed(desk: Desk, login: Login) -> None:
    client = login(desk.cn_staff)
    fields = sent(client, desk, "decide-offer", verdict="reject", note="Not for us")
    answer = client.post(f"{desk.url}/decide/offer", data=fields)
    assert answer.status_code == 409
    assert "Choose a reason." in answer.text
    assert "Not for us" in answer.text
    assert "<title>" in answer.text
    assert "Error:" in answer.text.split("</title>")[0]
    assert desk.match.state is MatchState.SUGGESTED


def test_the_second_of_two_is_told_and_loses_nothing(desk: Desk, login: Login) -> None:
    client = login(desk.th_staff)
    fields = sent(client, desk, "decide-need", verdict="approve", note="My long note")
    colleague = login(desk.cn_staff)
    colleague.post(
        f"{desk.url}/decide/offer", data=sent(colleague, desk, "decide-offer", verdict="approve")
    )
    client = login(desk.th_staff)
    answer = client.post(f"{desk.url}/decide/need", data=fields)
    assert answer.status_code == 409
    assert "Somebody else changed this" in answer.text
    assert "My long note" in answer.text
    assert desk.match.state is MatchState.UNDER_REVIEW
    again = fields | {"decide-need-version": hidden(answer.text, "decide-need-version")}
    assert client.post(f"{desk.url}/decide/need", data=again).status_code == 302
    assert desk.match.state is MatchState.APPROVED


def test_a_form_that_is_gone_still_shows_what_was_typed(desk: Desk, login: Login) -> None:
    client = login(desk.th_staff)
    fields = sent(client, desk, "decide-need", verdict="approve", note="My long note")
    desk.match.state = MatchState.LAPSED
    answer = client.post(f"{desk.url}/decide/need", data=fields)
    assert answer.status_code == 409
    assert "My long note" in answer.text


def test_a_revised_text_is_shown_before_the_decision(desk: Desk, login: Login) -> None:
    client = login(desk.th_staff)
    fields = sent(client, desk, "decide-need", verdict="approve")
    desk.offer.revisions[0].state = RevisionState.SUPERSEDED
    desk.session.flush()
    newer = make_revision(desk.session, desk.offer, state=RevisionState.PUBLISHED)
    add_text(desk.session, newer, "en", title="Paper of bagasse", description="Paper")
    answer = client.post(f"{desk.url}/decide/need", data=fields)
    assert answer.status_code == 409
    assert "The text was revised" in answer.text
    assert "Paper of" in answer.text
    again = fields | {
        f"decide-need-{name}": hidden(answer.text, f"decide-need-{name}")
        for name in ("version", "seen")
    }
    assert client.post(f"{desk.url}/decide/need", data=again).status_code == 302


def test_comments_assignment_and_export_check(desk: Desk, login: Login) -> None:
    client = login(desk.cn_staff)
    client.post(f"{desk.url}/comment", data=sent(client, desk, "comment", note="<i>Call</i> them"))
    assert "&lt;i&gt;Call&lt;/i&gt; them" in client.get(desk.url).text
    fields = sent(client, desk, "assign-offer", assignee=desk.cn_staff.email)
    client.post(f"{desk.url}/assign/offer", data=fields)
    assert desk.match.offer_assignee is desk.cn_staff
    for person in (desk.buyer_user, desk.th_staff):
        fields = sent(client, desk, "assign-offer", assignee=person.email)
        assert client.post(f"{desk.url}/assign/offer", data=fields).status_code == 409
    client.post(
        f"{desk.url}/clear/offer",
        data=sent(
            client,
            desk,
            "clear-offer",
            control_class="dual_use",
            clearance="licensed",
            catalogue_version="2026",
            number="L-77",
            valid_until="2099-12-31",
        ),
    )
    assert len(desk.match.clearances) == 1
    assert "Dual use" in client.get(desk.url).text


@pytest.mark.parametrize("action", ["approve", "reject", "assign", "nonsense"])
def test_bulk_says_for_each_what_happened(desk: Desk, login: Login, action: str) -> None:
    done = desk.another(65)
    desk.another(60)
    client = login(desk.th_staff)
    page = client.get("/en/desk/matches/").text
    ticked = re.findall(r'name="match" value="([^"]+)"', page)
    assert len(ticked) == 3
    done.state = MatchState.APPROVED
    matches.comment(
        desk.session, actor_of(desk.session, desk.cn_staff), done, note="Hello", now=NOW
    )
    desk.session.flush()
    data = {"match": [*ticked, "junk"], "action": action, "assignee": desk.th_staff.email}
    answer = client.post("/en/desk/matches/bulk", data=data)
    assert answer.status_code == 200
    if action == "approve":
        assert "2 of 3 are done." in answer.text
        assert desk.match.state is MatchState.UNDER_REVIEW
    elif action == "assign":
        assert desk.match.need_assignee is desk.th_staff
        assert desk.match.offer_assignee is None
        assert "Somebody else changed this" in answer.text
        assert f"{desk.cn_staff.name} wrote a comment." in answer.text
    else:
        assert "0 of 3 are done." in answer.text
    if action == "reject":
        assert "Choose a reason." in answer.text


BULK = "/en/desk/matches/bulk"


def test_bulk_loses_nothing_when_it_is_refused(desk: Desk, login: Login) -> None:
    desk.another(60)
    client = login(desk.th_staff)
    ticked = re.findall(r'name="match" value="([^"]+)"', client.get("/en/desk/matches/").text)
    typed = {"reason": "other", "assignee": desk.th_staff.email, "note": "x" * 2001}
    refused = client.post(BULK, data={"match": ticked, "action": "reject", **typed})
    assert refused.status_code == 400
    assert "Shorten this to 2000 characters or fewer: it has 2001." in refused.text
    assert "0 of 2 are done." in refused.text
    assert desk.match.state is MatchState.SUGGESTED
    for value in ticked:
        assert f'value="{value}" checked' in refused.text
    for kept in ('value="other" selected', f'{desk.th_staff.email}" selected', typed["note"]):
        assert kept in refused.text
    again = {"match": ticked, "action": "reject", **typed, "note": "x" * 2000}
    assert "2 of 2 are done." in client.post(BULK, data=again).text
    assert {decision.note for decision in desk.match.decisions} == {"x" * 2000}


def test_bulk_offers_what_was_refused_once_more(desk: Desk, login: Login) -> None:
    client = login(desk.th_staff)
    (value,) = re.findall(r'name="match" value="([^"]+)"', client.get("/en/desk/matches/").text)
    matches.assign(
        desk.session, actor_of(desk.session, desk.cn_staff), desk.match, Side.OFFER, desk.cn_staff,
        now=NOW,
    )  # fmt: skip
    desk.session.flush()
    wish = {"action": "approve", "note": "We know both"}
    page = client.post(BULK, data={"match": value, **wish}).text
    assert "Somebody else changed this" in page
    assert desk.cn_staff.name in page, "and it is said what"
    assert "We know both" in page
    (again,) = re.findall(r'name="match" value="([^"]+)" checked', page)
    assert again != value
    done = client.post(BULK, data={"match": again, **wish}).text
    assert "1 of 1 are done." in done
    assert 'name="match"' not in done
    assert desk.match.decisions[0].note == "We know both"


def test_trying_again_is_no_decision_on_a_text_that_was_not_seen(desk: Desk, login: Login) -> None:
    client = login(desk.th_staff)
    (value,) = re.findall(r'name="match" value="([^"]+)"', client.get("/en/desk/matches/").text)
    desk.match.need_revision.state = RevisionState.SUPERSEDED
    desk.session.flush()
    make_revision(desk.session, desk.need, state=RevisionState.PUBLISHED)
    wish = {"match": value, "action": "approve"}
    for _time in range(2):
        page = client.post(BULK, data=wish).text
        assert "0 of 1 are done." in page
        wish["match"] = re.findall(r'name="match" value="([^"]+)" checked', page)[0]
    assert desk.match.decisions == []


def test_bulk_counts_what_is_out_of_sight_and_keeps_the_note_without_ticks(
    desk: Desk, login: Login
) -> None:
    client = login(desk.th_staff)
    (value,) = re.findall(r'name="match" value="([^"]+)"', client.get("/en/desk/matches/").text)
    none = client.post(BULK, data={"action": "approve", "note": "Typed", "back": "band=strong"})
    assert none.status_code == 400
    assert "You chose no match. Tick those that you mean." in none.text
    assert "Typed" in none.text
    assert '<option value="strong" selected' in none.text, "the filters stay"
    desk.match.need_centre = desk.match.offer_centre
    desk.session.flush()
    gone = client.post(BULK, data={"match": value, "action": "approve"}).text
    assert "0 of 1 are done." in gone
    assert desk.match.reference in gone
    assert "It is not among the matches that you may see any more." in gone
    assert 'name="match"' not in gone


def test_bulk_assigns_to_nobody_only_who_is_meant(desk: Desk, login: Login) -> None:
    client = login(desk.th_staff)
    desk.match.need_assignee = desk.th_staff
    desk.session.flush()
    (value,) = re.findall(r'name="match" value="([^"]+)"', client.get("/en/desk/matches/").text)
    wish = {"match": value, "action": "assign", "assignee": "left@example.org"}
    assert client.post(BULK, data=wish).status_code == 400
    assert desk.match.need_assignee is desk.th_staff


def test_pairing_by_references(desk: Desk, login: Login) -> None:
    client = login(desk.cn_staff)
    offer = make_listing(desk.session, desk.seller, state=ListingState.PUBLISHED)
    data = {"first": offer.reference.lower(), "second": desk.need.reference}
    made = client.post("/en/desk/matches/pair", data=data)
    assert made.status_code == 302
    again = client.post("/en/desk/matches/pair", data=data)
    assert "already matched" in again.text
    assert f"/en/desk/matches/{made.location.rsplit('/', 1)[1]}" in again.text
    unknown = client.post("/en/desk/matches/pair", data=data | {"second": "D-0000-0000"})
    assert "We could not find" in unknown.text


def test_auditors_see_decisions_but_nothing_confidential(desk: Desk, login: Login) -> None:
    client = login(desk.cn_staff)
    client.post(f"{desk.url}/comment", data=sent(client, desk, "comment", note="Our comment"))
    client.post(
        f"{desk.url}/decide/offer",
        data=sent(client, desk, "decide-offer", verdict="approve", note="Our note"),
    )
    auditor = login(make_user(desk.session, roles=["auditor"]))
    assert desk.match.reference in auditor.get("/en/audit/matches/").text
    page = auditor.get(f"/en/audit/matches/{desk.match.reference}").text
    assert "approved for the side of the offer" in page
    for secret in ("Our comment", "Our note", "The secret glue"):
        assert secret not in page
    assert auditor.get(desk.url).status_code == 403


@pytest.fixture
def lao_need(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> Desk:
    """The need is written in Lao, which the Chinese centre does not read."""
    words = Glossary(
        [Concept("bagasse")],
        [Label("bagasse", "lo", "ຊານອ້ອຍ"), Label("bagasse", "en", "sugar cane bagasse")],
    )
    monkeypatch.setattr(glossing, "site_glossary", lambda: words)
    revision = desk.need.revisions[0]
    revision.original_language = "lo"
    text = revision.texts[0]
    text.language, text.title, text.description = "lo", "ຊານອ້ອຍ <b>ເຫຼືອ", "ຕ້ອງການ ຊານອ້ອຍ"
    desk.match.reasons = [
        {
            "kind": "concepts",
            "left": "bagasse",
            "right": "ຊານອ້ອຍ",
            "label": "bagasse",
            "share": 0.8,
        },
        {"kind": "sector", "left": "sugar_cane", "right": "sugar_cane", "share": 0.2},
    ]
    desk.session.flush()
    return desk


def test_what_one_does_not_read_is_explained(lao_need: Desk, login: Login) -> None:
    page = login(lao_need.cn_staff).get(lao_need.url).text
    marked = '<ruby><mark data-reasons="1">ຊານອ້ອຍ</mark>'
    term = f'{marked}<rp> (</rp><rt lang="en">sugar cane bagasse</rt>'
    assert page.count(term) == 2
    assert "&lt;b&gt;ເຫຼືອ" in page
    assert '<mark lang="en">bagasse</mark>' in page
    assert "Shared concept (sugar cane bagasse)" in page
    assert '<mark lang="lo"><ruby>ຊານອ້ອຍ' in page
    assert '<h2 id="side-need" lang="lo">' in page
    assert "There is no version in a language that you read." in page


def test_a_translation_is_asked_for_from_the_match(lao_need: Desk, login: Login) -> None:
    client = login(lao_need.cn_staff)
    url = f"{lao_need.url}/translate"
    assert f"{url}/need" in client.get(lao_need.url).text.replace('"', "")
    assert f"{url}/offer" not in client.get(lao_need.url).text
    answer = client.post(f"{url}/need", follow_redirects=True)
    assert "The translation is asked for." in answer.text
    assert "A version in this language is asked for: English." in answer.text
    assert client.post(f"{url}/need").status_code == 302
    requests = lao_need.session.scalars(select(TranslationRequest)).all()
    assert [(r.revision_id, r.language) for r in requests] == [
        (lao_need.need.revisions[0].id, "en")
    ]
    add_text(lao_need.session, lao_need.need.revisions[0], "en", title="Bagasse", description="x")
    page = client.get(lao_need.url).text
    assert "There is no version" not in page
    assert "Show the original (Lao)" in page
    assert "<ruby>" in page


def test_nobody_asks_for_a_translation_of_their_own_match(lao_need: Desk, login: Login) -> None:
    make_membership(lao_need.session, lao_need.seller, lao_need.cn_staff)
    client = login(lao_need.cn_staff)
    assert "/translate/" not in client.get(lao_need.url).text
    assert client.post(f"{lao_need.url}/translate/need").status_code == 409
    assert login(lao_need.buyer_user).post(f"{lao_need.url}/translate/need").status_code == 403
    assert lao_need.session.scalar(select(TranslationRequest)) is None


def test_staff_open_the_files_that_they_may(
    desk: Desk, login: Login, client: FlaskClient, app: Flask
) -> None:
    folder = app.config["SETTINGS"].upload_folder
    actor = actor_of(desk.session, desk.seller_user)
    revised = desk.offer.revisions[0]
    revised.state = RevisionState.WORKING
    desk.offer.state = ListingState.DRAFT
    for name, confidential in (("open.pdf", False), ("secret.pdf", True)):
        attachments.add_attachment(
            desk.session, actor, desk.offer, folder=folder, filename=name,
            content=PDF + name.encode(), caption=f"About {name}",
            confidential=confidential, now=NOW,
        )  # fmt: skip
    revised.state = RevisionState.PUBLISHED
    desk.offer.state = ListingState.PUBLISHED
    desk.session.flush()

    def links(user: User, url: str) -> list[str]:
        page = login(user).get(url).text
        return re.findall(r'href="([^"]+/files/[^"]+)"', page)

    def status(user: User, link: str) -> int:
        with login(user).get(link) as answer:
            return answer.status_code

    found = links(desk.cn_staff, desk.url)
    assert [status(desk.cn_staff, link) for link in found] == [200]
    desk.match.state = MatchState.UNDER_REVIEW
    found = links(desk.th_staff, desk.url)
    assert [status(desk.th_staff, link) for link in found] == [200, 200]
    desk.match.state = MatchState.INTRODUCED
    mine = f"/en/my/matches/{desk.match.reference}"
    assert len(links(desk.buyer_user, mine)) == 2
