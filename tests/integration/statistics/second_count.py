"""A network of cases, and its figures counted row by row: what statistics are compared with."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from math import floor
from random import Random
from typing import Any, Final
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from matchmaker.domain.months import Month
from matchmaker.domain.vocabulary import (
    Band,
    ListingKind,
    ListingState,
    MatchOrigin,
    MatchState,
)
from matchmaker.models import AuditEntry, Listing, Match, Outcome, Sector
from matchmaker.queries.statistics import Wanted
from tests.factories import (
    NOW,
    make_appointment,
    make_centre,
    make_listing,
    make_match,
    make_organisation,
    make_sectors,
)
from tests.factories.histories import walk

EDGES: Final = [
    datetime(2026, 3, 31, 14, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 31, 15, 0, tzinfo=UTC),  # April begins in Dili
    datetime(2026, 3, 31, 15, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 31, 16, 0, tzinfo=UTC),  # … in Shanghai
    datetime(2026, 3, 31, 16, 59, 59, tzinfo=UTC),
    datetime(2026, 3, 31, 17, 0, tzinfo=UTC),  # … in Bangkok
    datetime(2026, 3, 31, 17, 30, tzinfo=UTC),  # … in Yangon
    datetime(2026, 4, 1, 0, 0, tzinfo=UTC),
]
ZONES: Final = ("Asia/Shanghai", "Asia/Bangkok", "Asia/Dili", "UTC")
COUNTRIES: Final = ("CN", "TH", "TL", "VN")
FIRST, LAST = Month(2025, 6), Month(2026, 11)


class Network:
    """Four centres, listings of four countries, and 120 matches over the last eighteen months."""

    def __init__(self, session: Session) -> None:
        self.session, self.chance = session, Random(20261123)
        make_sectors(session)
        self.centres = {
            country: make_centre(
                session, country=country, head_office=country == "CN", time_zone=zone
            )
            for country, zone in zip(COUNTRIES, (*ZONES[:3], "Asia/Bangkok"), strict=True)
        }
        self.staff = make_appointment(session, self.centres["CN"])
        self.sectors = list(session.scalars(select(Sector.code).order_by(Sector.code)))
        offers = [self._listing(ListingKind.OFFER) for _ in range(14)]
        needs = [self._listing(self._need()) for _ in range(14)]
        pairs = self.chance.sample([(o, n) for o in offers for n in needs], k=120)
        for place, (offer, need) in enumerate(pairs):
            self._match(offer, need, EDGES[place] if place < len(EDGES) else None)
        session.flush()
        session.expire_all()

    def _need(self) -> ListingKind:
        return self.chance.choice((ListingKind.DEMAND, ListingKind.SCENARIO))

    def _moment(self) -> datetime:
        return datetime(2025, 6, 3, tzinfo=UTC) + timedelta(minutes=self.chance.randrange(770_000))

    def _listing(self, kind: ListingKind) -> Listing:
        owner = make_organisation(self.session, country=self.chance.choice(COUNTRIES))
        listing = make_listing(
            self.session, owner, kind=kind,
            state=self.chance.choice((ListingState.PUBLISHED, ListingState.SUBMITTED)),
            sectors=self.chance.sample(self.sectors, k=self.chance.randrange(3)),
        )  # fmt: skip
        listing.submitted_at = self._moment()
        if listing.published_at:
            listing.published_at = listing.submitted_at + timedelta(days=self.chance.randrange(50))
        if self.chance.random() < 0.5:
            self._sent_back(listing)
        return listing

    def _sent_back(self, listing: Listing) -> None:
        """It was submitted twice: the first time counts, and only the trail knows it."""
        assert listing.submitted_at is not None
        for days in (35, 0):
            self.session.add(
                AuditEntry(
                    at=listing.submitted_at - timedelta(days=days),
                    action="listing_state_changed", subject_type="listing", subject_id=listing.id,
                    data={"from": "draft", "to": "submitted", "by": "owner"},
                )
            )  # fmt: skip

    def _match(self, offer: Listing, need: Listing, at: datetime | None) -> None:
        origin = self.chance.choice(
            (MatchOrigin.SUGGESTED, MatchOrigin.SUGGESTED, MatchOrigin.INTEREST, MatchOrigin.MANUAL)
        )
        suggested = origin is MatchOrigin.SUGGESTED
        match = make_match(
            self.session, offer, need, origin=origin,
            state=MatchState.SUGGESTED if suggested else MatchState.UNDER_REVIEW,
        )  # fmt: skip
        match.band = self.chance.choice(list(Band)) if suggested else None
        match.created_at = at or self._moment()
        walk(self.session, match, self.chance, until=NOW)


class Naive:
    """Counts row by row, from what the tables hold; shares no code with what it checks."""

    order: Final = (
        "suggested", "under_review", "approved", "offered", "introduced", "in_discussion",
        "nda", "agreement", "outcome_confirmed",
    )  # fmt: skip

    def __init__(self, session: Session, wanted: Wanted) -> None:
        self.wanted, self.zone = wanted, ZoneInfo(wanted.period.zone)
        self.parents = {
            code: parent or code
            for code, parent in session.execute(select(Sector.code, Sector.parent_code))
        }
        self.entries: dict[tuple[str, int, str], list[AuditEntry]] = {}
        for entry in session.scalars(select(AuditEntry).order_by(AuditEntry.id)):
            key = (entry.subject_type, entry.subject_id, entry.action)
            self.entries.setdefault(key, []).append(entry)
        self.arrivals: dict[tuple[int, str], datetime | None] = {}
        self.matches = [m for m in session.scalars(select(Match)) if self.fits(m)]
        self.listings = [one for one in session.scalars(select(Listing)) if self.shown(one)]

    def month(self, at: datetime) -> str:
        return at.astimezone(self.zone).strftime("%Y-%m")

    def inside(self, at: datetime) -> bool:
        return str(self.wanted.period.first) <= self.month(at) <= str(self.wanted.period.last)

    def sectors(self, *listings: Listing) -> set[str]:
        codes = [c for one in listings for c in one.newest.codes if c.field == "sector"]
        return {code.value for code in codes}

    def tops(self, *listings: Listing) -> set[str]:
        return {self.parents[code] for code in self.sectors(*listings)} or {""}

    def in_sector(self, *listings: Listing) -> bool:
        codes, sector = self.sectors(*listings), self.wanted.sector
        return not sector or sector in codes | {self.parents[code] for code in codes}

    def fits(self, match: Match) -> bool:
        w = self.wanted
        return (
            (w.centre_id is None or w.centre_id in (match.offer_centre_id, match.need_centre_id))
            and w.offer_country in ("", match.offer.organisation.country)
            and w.need_country in ("", match.need.organisation.country)
            and w.origin in (None, match.origin)
            and self.in_sector(match.offer, match.need)
        )

    def shown(self, listing: Listing) -> bool:
        w = self.wanted
        country = w.offer_country if listing.kind == "offer" else w.need_country
        return (
            w.centre_id in (None, listing.centre_id)
            and country in ("", listing.organisation.country)
            and self.in_sector(listing)
        )

    def trail(self, kind: str, row_id: int, action: str) -> list[AuditEntry]:
        return self.entries.get((kind, row_id, action), [])

    def submitted(self, listing: Listing) -> datetime:
        trail = self.trail("listing", listing.id, "listing_state_changed")
        times = [entry.at for entry in trail if entry.data["to"] == "submitted"]
        assert listing.submitted_at is not None
        return min(times) if times else listing.submitted_at

    def moves(self, match: Match) -> list[AuditEntry]:
        return self.trail("match", match.id, "match_state_changed")

    def history(self, match: Match) -> list[tuple[datetime, str]]:
        moves = self.moves(match)
        start = moves[0].data["from"] if moves else match.state.value
        return [(match.created_at, start), *((m.at, m.data["to"]) for m in moves)]

    def arrival(self, match: Match, stage: str) -> datetime | None:
        """When a match first was in a stage's state or a later one."""
        if (match.id, stage) not in self.arrivals:
            times = [
                at
                for at, state in self.history(match)
                if self.place(state) >= self.order.index(stage)
            ]
            self.arrivals[match.id, stage] = min(times, default=None)
        return self.arrivals[match.id, stage]

    def place(self, state: str) -> int:
        if state == "negotiating":
            return self.order.index("nda")
        return self.order.index(state) if state in self.order else 0

    def funnel(self, listings: list[Listing], matches: list[Match]) -> dict[str, int]:
        counted = {
            stage: sum(self.arrival(match, stage) is not None for match in matches)
            for stage in self.order
        }
        published = sum(one.published_at is not None for one in listings)
        return {"submitted": len(listings), "published": published, **counted}

    def of_period(self) -> tuple[list[Listing], list[Match]]:
        return (
            [one for one in self.listings if self.inside(self.submitted(one))],
            [match for match in self.matches if self.inside(match.created_at)],
        )

    def month_funnel(self, month: str) -> dict[str, int]:
        def here(at: datetime | None) -> bool:
            return at is not None and self.month(at) == month

        counts = {
            stage: sum(here(self.arrival(match, stage)) for match in self.matches)
            for stage in self.order
        }
        return {
            "submitted": sum(here(self.submitted(one)) for one in self.listings),
            "published": sum(here(one.published_at) for one in self.listings),
            **counts,
        }

    def stays(self, state: str) -> tuple[list[float], int]:
        days, now = [], 0
        for match in self.matches:
            history = self.history(match)
            for place, (since, name) in enumerate(history):
                last = place == len(history) - 1
                now += last and name == state
                if not last and name == state and self.inside(history[place + 1][0]):
                    days.append((history[place + 1][0] - since).total_seconds() / 86400)
        return sorted(days), now

    def endings(self) -> dict[str, Counter[Any]]:
        found: dict[str, Counter[Any]] = {
            "states": Counter(), "rejected": Counter(), "declined": Counter(),
        }  # fmt: skip
        ends = {"rejected", "declined", "withdrawn", "no_reply", "lapsed"}
        for match in self.matches:
            for move in self.moves(match):
                if move.data["to"] in ends and self.inside(move.at):
                    found["states"][move.data["to"]] += 1
                    if move.data["to"] in found:
                        found[move.data["to"]][self.reason(match, move)] += 1
        return found

    def reason(self, match: Match, move: AuditEntry) -> str | None:
        if move.data.get("reason"):
            return str(move.data["reason"])
        refusals = [
            entry.data["reason"]
            for entry in self.trail("match", match.id, "match_decided")
            if entry.data["verdict"] == "reject" and entry.id < move.id
        ]
        return refusals[-1] if refusals else None

    def outcomes(self) -> list[Outcome]:
        return [
            match.outcome
            for match in self.matches
            if match.outcome is not None
            and match.state in {"agreement", "outcome_confirmed"}
            and str(self.wanted.period.first)
            <= match.outcome.signed_on.strftime("%Y-%m")
            <= str(self.wanted.period.last)
        ]

    def judged(self, band: Band | None) -> tuple[int, int, int, int]:
        counts = [0, 0, 0, 0]
        for match in self.of_period()[1]:
            if match.origin != "suggested" or match.band != band:
                continue
            counts[0] += 1
            rejections = [m for m in self.moves(match) if m.data["to"] == "rejected"]
            if self.arrival(match, "approved"):
                counts[1] += 1
            elif rejections:
                irrelevant = self.reason(match, rejections[-1]) in {
                    "not_relevant", "wrong_sector", "stage_mismatch",
                }  # fmt: skip
                counts[2 if irrelevant else 3] += 1
        return counts[0], counts[1], counts[2], counts[3]


def quartile(values: list[float], part: Fraction) -> float:
    """The usual interpolation, as spreadsheets' QUARTILE.INC does it."""
    place = part * (len(values) - 1)
    low = floor(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + float(place - low) * (values[high] - values[low])
