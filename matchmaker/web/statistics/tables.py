"""The figures as tables in the reader's language: pages, charts and files are made of these."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask_babel import gettext as _

from matchmaker.domain.vocabulary import (
    Band,
    DeclineReason,
    RejectReason,
    TechnologyContractType,
)
from matchmaker.domain.vocabulary import MatchState as S
from matchmaker.i18n import formats
from matchmaker.i18n.countries import place_name
from matchmaker.i18n.labels import label
from matchmaker.queries.statistics import STAGES, Contracts, Figures, Funnel, Judged
from matchmaker.web.statistics.cells import (
    Amount,
    Cell,
    Column,
    Kind,
    Names,
    Table,
    month_name,
    stage_name,
)


def all_tables(figures: Figures, names: Names, flow: S) -> list[Table]:
    """Return every table, in the order of the report; the matrix counts the stage `flow`."""
    return [
        funnel_table(figures.how_far),
        months_table(figures),
        matrix_table(figures, flow),
        pairs_table(figures),
        sectors_table(figures, names),
        centres_table(figures, names),
        times_table(figures),
        suggestions_table(figures),
        _reasons(
            "rejections", _("Why centres reject"),
            _("Rejections in the period, by the reason of the centre that ended the match."),
            RejectReason, figures.endings.rejections,
        ),
        _reasons(
            "declines", _("Why parties decline"),
            _("Declines in the period, by the reason of the party."),
            DeclineReason, figures.endings.declines,
        ),
        endings_table(figures),
        contracts_table(figures),
        contract_types_table(figures),
    ]  # fmt: skip


def funnel_table(funnel: Funnel) -> Table:
    """Return how far listings and matches have come."""
    begun = funnel.count(S.SUGGESTED)
    submitted, published = funnel.submitted, funnel.published
    rows: list[list[Cell]] = [
        [_("Listings submitted"), submitted, _share(submitted, submitted)],
        [_("Listings published"), published, _share(published, submitted)],
    ]
    for stage in STAGES:
        count = funnel.count(stage)
        rows.append([stage_name(stage), count, _share(count, begun)])
    return Table(
        "funnel",
        _("From listing to agreement"),
        _(
            "Listings submitted and matches begun in the period, and how far they have come by "
            "now. A match counts in every stage that it ever reached or passed, even if it ended "
            "later."
        ),
        [
            Column(_("Stage"), Kind.TEXT),
            Column(_("How many")),
            Column(_("Share of all listings or matches"), Kind.SHARE),
        ],
        rows,
    )


def months_table(figures: Figures) -> Table:
    """Return what happened month by month."""
    rows = [[month_name(month), *_counts(one)] for month, one in figures.by_month.items()]
    return Table(
        "months",
        _("Month by month"),
        _(
            "What happened in each month, whenever it began: listings that were first submitted or "
            "published, and matches that reached a stage for the first time."
        ),
        [Column(_("Month"), Kind.TEXT), *_stage_columns()],
        [*rows, [_("All"), *_counts(figures.happened)]],
        total=True,
    )


def matrix_table(figures: Figures, flow: S) -> Table:
    """Return the flows between countries: offers down, needs across."""
    counts = {pair: one.count(flow) for pair, one in figures.by_pair.items() if one.count(flow) > 0}
    offers = sorted({offer for offer, _need in counts}, key=_country_order)
    needs = sorted({need for _offer, need in counts}, key=_country_order)
    rows: list[list[Cell]] = [
        [
            place_name(offer),
            *(counts.get((offer, need), 0) for need in needs),
            sum(counts.get((offer, need), 0) for need in needs),
        ]
        for offer in offers
    ]
    if rows:
        sums = [sum(counts.get((offer, need), 0) for offer in offers) for need in needs]
        rows.append([_("All"), *sums, sum(sums)])
    return Table(
        "matrix",
        _("Flows between countries and regions"),
        _flow_explanation(flow),
        [
            Column(_("Country or region of the offer"), Kind.TEXT),
            *(Column(need, full=place_name(need)) for need in needs),
            Column(_("All")),
        ],
        rows,
        total=bool(rows),
    )


def _flow_explanation(flow: S) -> str:
    if flow is S.SUGGESTED:
        return str(
            _(
                "Matches begun in the period: from the country or region of the offer (rows) to "
                "that of the need (columns)."
            )
        )
    return str(
        _(
            "Matches begun in the period that reached the stage “%(stage)s”: from the country or "
            "region of the offer (rows) to that of the need (columns).",
            stage=stage_name(flow),
        )
    )


def pairs_table(figures: Figures) -> Table:
    """Return the funnel of each pair of countries."""
    rows = [
        [place_name(offer), place_name(need), *_counts(one)[2:]]
        for (offer, need), one in sorted(
            figures.by_pair.items(),
            key=lambda item: (-item[1].count(S.SUGGESTED), *map(_country_order, item[0])),
        )
    ]
    return Table(
        "pairs",
        _("By pair of countries or regions"),
        _("Matches begun in the period, and how far they have come by now."),
        [
            Column(_("Country or region of the offer"), Kind.TEXT),
            Column(_("Country or region of the need"), Kind.TEXT),
            *_stage_columns()[2:],
        ],
        rows,
    )


def sectors_table(figures: Figures, names: Names) -> Table:
    """Return the funnel of each sector."""
    return Table(
        "sectors",
        _("By sector"),
        _(
            "Listings submitted and matches begun in the period. What belongs to several sectors "
            "counts in each of them, so the rows add up to more than the whole."
        ),
        [Column(_("Sector"), Kind.TEXT), *_stage_columns()],
        _groups(
            (names.sectors.get(code, code) or _("No sector"), one)
            for code, one in figures.by_sector.items()
        ),
    )


def centres_table(figures: Figures, names: Names) -> Table:
    """Return the funnel of each centre."""
    return Table(
        "centres",
        _("By centre"),
        _(
            "Listings submitted and matches begun in the period. A match of two centres counts for "
            "both, so the rows add up to more than the whole."
        ),
        [Column(_("Centre"), Kind.TEXT), *_stage_columns()],
        _groups(
            (names.centres.get(key, _("No centre")), one) for key, one in figures.by_centre.items()
        ),
    )


def times_table(figures: Figures) -> Table:
    """Return how long matches stayed in each state."""
    rows: list[list[Cell]] = [
        [str(label(state)), stay.ended, *(stay.quartiles or (None, None, None)), stay.now]
        for state, stay in figures.stays.items()
    ]
    return Table(
        "times",
        _("Time in each state"),
        _(
            "Days that matches stayed in a state, of stays that ended in the period: a quarter "
            "took no longer than the lower quartile, half no longer than the median, three "
            "quarters no longer than the upper quartile."
        ),
        [
            Column(_("State"), Kind.TEXT),
            Column(_("Stays that ended")),
            Column(_("Lower quartile, days"), Kind.DAYS),
            Column(_("Median, days"), Kind.DAYS),
            Column(_("Upper quartile, days"), Kind.DAYS),
            Column(_("In this state now")),
        ],
        rows,
    )


def suggestions_table(figures: Figures) -> Table:
    """Return what staff said to suggestions, by strength."""
    groups = [(str(label(band)), figures.judged.get(band, Judged())) for band in Band]
    if None in figures.judged:
        groups.append((_("Without a band"), figures.judged[None]))
    rows = [_judged_row(name, one) for name, one in groups]
    return Table(
        "suggestions",
        _("What centres say to suggestions"),
        _(
            "Matches that the engine suggested in the period, by how strong it thought them. "
            "Approved: both centres approved at least once. Not relevant: rejected as not "
            "relevant, in the wrong sector or at the wrong stage."
        ),
        [
            Column(_("Strength"), Kind.TEXT),
            Column(_("Matches suggested")),
            Column(_("Judged")),
            Column(_("Approved")),
            Column(_("Rejected as not relevant")),
            Column(_("Rejected for another reason")),
            Column(_("Approved of those judged"), Kind.SHARE),
        ],
        [*rows, _judged_row(_("All"), _sum_judged(one for _name, one in groups))],
        total=True,
    )


def endings_table(figures: Figures) -> Table:
    """Return how matches ended."""
    states = [S.REJECTED, S.DECLINED, S.WITHDRAWN, S.NO_REPLY, S.LAPSED]
    counts = figures.endings.states
    rows: list[list[Cell]] = [[str(label(state)), counts.get(state, 0)] for state in states]
    return Table(
        "endings",
        _("How matches ended"),
        _(
            "Matches that ended in the period without an agreement. One that was opened again and "
            "ended again counts twice."
        ),
        [Column(_("End"), Kind.TEXT), Column(_("How many"))],
        [*rows, [_("All"), sum(counts.values())]],
        total=True,
    )


def contracts_table(figures: Figures) -> Table:
    """Return what agreements are worth, in each currency."""
    return Table(
        "contracts",
        _("Contract value by currency"),
        _(
            "Agreements signed in the period that stand now. Amounts in different currencies are "
            "never added up; those of fewer than three agreements of other centres are left out."
        ),
        [Column(_("Currency"), Kind.TEXT), *_contract_columns()],
        [
            [_currency(code), *_contract_cells(one, code)]
            for code, one in sorted(figures.contracts.items(), key=lambda item: item[0] or "~")
        ],
    )


def contract_types_table(figures: Figures) -> Table:
    """Return agreements by type of contract and currency."""
    rows: list[list[Cell]] = []
    for kind in TechnologyContractType:
        of_kind = {
            currency: one for (own, currency), one in figures.contract_types.items() if own is kind
        }
        rows.extend(
            [str(label(kind)), _currency(currency), *_contract_cells(one, currency)]
            for currency, one in sorted(of_kind.items(), key=lambda item: item[0] or "~")
        )
    return Table(
        "contract_types",
        _("Contract value by type of contract"),
        _("The same agreements, by type of technology contract and currency."),
        [
            Column(_("Type of contract"), Kind.TEXT),
            Column(_("Currency"), Kind.TEXT),
            *_contract_columns(),
        ],
        rows,
    )


def _stage_columns() -> list[Column]:
    return [
        Column(_("Listings submitted")),
        Column(_("Listings published")),
        *(Column(stage_name(stage)) for stage in STAGES),
    ]


def _counts(funnel: Funnel) -> list[Cell]:
    return [funnel.submitted, funnel.published, *(funnel.count(stage) for stage in STAGES)]


def _groups(funnels: Iterable[tuple[str, Funnel]]) -> list[list[Cell]]:
    """Return rows by name, those with the most matches and listings first."""
    ordered = sorted(
        funnels, key=lambda item: (-item[1].count(S.SUGGESTED), -item[1].submitted, item[0])
    )
    return [[name, *_counts(one)] for name, one in ordered]


def _reasons(
    code: str, title: str, explanation: str, reasons: type[Any], counts: Mapping[str | None, int]
) -> Table:
    """Return counts by reason, the most frequent first; a missing reason only where it occurs."""
    rows: list[tuple[str, int]] = [
        (str(label(reason)), counts.get(reason.value, 0)) for reason in reasons
    ]
    if counts.get(None):
        rows.append((_("No reason recorded"), counts[None]))
    rows.sort(key=lambda row: -row[1])
    return Table(
        code,
        title,
        explanation,
        [Column(_("Reason"), Kind.TEXT), Column(_("How many")), Column(_("Share"), Kind.SHARE)],
        [[name, count, _share(count, sum(counts.values()))] for name, count in rows],
    )


def _judged_row(name: str, one: Judged) -> list[Cell]:
    return [
        name, one.suggested, one.judged, one.approved, one.irrelevant, one.rejected_otherwise,
        _share(one.approved, one.judged),
    ]  # fmt: skip


def _sum_judged(parts: Iterable[Judged]) -> Judged:
    together = list(parts)
    return Judged(
        suggested=sum(one.suggested for one in together),
        approved=sum(one.approved for one in together),
        irrelevant=sum(one.irrelevant for one in together),
        rejected_otherwise=sum(one.rejected_otherwise for one in together),
    )


def _contract_columns() -> list[Column]:
    return [
        Column(_("Agreements")),
        Column(_("Contract value, all"), Kind.MONEY),
        Column(_("Contract value, median"), Kind.MONEY),
        Column(_("Technology transaction value, all"), Kind.MONEY),
    ]


def _contract_cells(one: Contracts, currency: str | None) -> list[Cell]:
    if one.hidden:
        return [one.agreements, *[str(_("left out"))] * 3]
    amounts = (one.total, one.middle, one.technology_total)
    return [
        one.agreements,
        *(
            Amount(amount, currency) if amount is not None and currency else None
            for amount in amounts
        ),
    ]


def _currency(code: str | None) -> str:
    return formats.currency_label(code) if code else str(_("Value not told"))


def _country_order(code: str) -> str:
    return place_name(code).casefold()


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
