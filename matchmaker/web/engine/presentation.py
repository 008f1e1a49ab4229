"""What the engine learnt, in words and figures for staff."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from flask_babel import LazyString
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy.orm import Session

from matchmaker.i18n.formats import number, percent
from matchmaker.matching.examples import (
    LEAST_LISTINGS,
    LEAST_OF_EACH,
    Count,
    count,
    ordered_rightly,
    weights_of,
)
from matchmaker.matching.feedback import SURE
from matchmaker.matching.ranking import Blend
from matchmaker.models import TrainedBlend
from matchmaker.queries.blends import trained_blends
from matchmaker.services.lessons import Lesson, last_settled, read_lessons

NAMES: Final[dict[str, LazyString]] = {
    "latent": _l("Likeness of meaning"),
    "words_same": _l("Shared words, texts in one language"),
    "words_cross": _l("Shared words, texts in two languages"),
    "words_alone": _l("Shared words, while the meaning is not yet compared"),
    "concepts": _l("Shared concepts of the glossary"),
    "sector": _l("A shared sector"),
    "ipc": _l("A shared patent class"),
    "partnership": _l("A shared form of cooperation"),
    "transfer": _l("A shared way of transfer"),
    "technology_area": _l("A shared technology area"),
    "stage_reached": _l("The stage reaches what is wanted"),
    "stage_missed": _l("The stage does not reach what is wanted"),
    "country": _l("The other side is in a wanted country"),
    "price_fits": _l("The price fits the budget"),
    "price_too_high": _l("The price is above the budget"),
}


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing of which there is not enough yet to learn from."""

    name: str
    count: int
    least: int

    @property
    def lacking(self) -> int:
        return max(0, self.least - self.count)


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a table: what it is about, before and after, and what that means."""

    name: str
    untrained: str
    trained: str
    note: str


@dataclass(frozen=True, slots=True)
class Since:
    """How two blends order the decisions that came after the training of the one in force."""

    decisions: int
    untrained: str
    trained: str


@dataclass(frozen=True, slots=True)
class Learning:
    """All that the page shows."""

    counted: Sequence[Missing]
    enough: bool
    history: Sequence[TrainedBlend]
    newest: TrainedBlend | None
    in_force: TrainedBlend | None
    measures: Sequence[Row]
    changed: Sequence[Row]
    unchanged: Sequence[Row]
    since: Since | None

    @property
    def may_switch_on(self) -> bool:
        """Whether the newest version may be put in force."""
        return self.newest is not None and self.newest.better and not self.newest.in_force


def present(session: Session, now: datetime) -> Learning:
    """Read the trail and the trainings, and put them into words."""
    lessons = read_lessons(session, last_settled(session, now))
    found = count([lesson.example for lesson in lessons])
    history = trained_blends(session)
    newest = history[0] if history else None
    in_force = next((row for row in history if row.in_force), None)
    return Learning(
        counted=_counted(found),
        enough=found.enough,
        history=history,
        newest=newest,
        in_force=in_force,
        measures=_measures(newest.measures) if newest else (),
        changed=_weights(newest, changed=True) if newest else (),
        unchanged=_weights(newest, changed=False) if newest else (),
        since=_since(in_force, lessons) if in_force else None,
    )


def _counted(found: Count) -> list[Missing]:
    return [
        Missing(_("Approved matches"), found.approvals, LEAST_OF_EACH),
        Missing(_("Rejected matches whose reason teaches"), found.rejections, LEAST_OF_EACH),
        Missing(_("Offers among them"), found.offers, LEAST_LISTINGS),
        Missing(_("Needs among them"), found.needs, LEAST_LISTINGS),
    ]


def _measures(measures: Mapping[str, Any]) -> list[Row]:
    one, other = measures["untrained"], measures["trained"]
    luck = _("not by luck") if measures["chance"] < SURE else _("may be luck")
    return [
        Row(
            _("How often an approved match stands before a rejected one"),
            _with_spread(one),
            _with_spread(other),
            luck,
        ),
        Row(
            _("How many approved matches are at the top of the list"),
            percent(one["average_precision"]),
            percent(other["average_precision"]),
            _("higher is better"),
        ),
        Row(
            _("Error of the expected chance to be approved"),
            number(round(one["log_loss"], 3)),
            number(round(other["log_loss"], 3)),
            _("lower is better"),
        ),
    ]


def _with_spread(measures: Mapping[str, Any]) -> str:
    # Translators: a share and by how much it varies, as in “74% ± 6%”.
    return str(
        _(
            "%(share)s ± %(spread)s",
            share=percent(measures["ordered"]),
            spread=percent(measures["spread"]),
        )
    )


def _weights(row: TrainedBlend, *, changed: bool) -> list[Row]:
    """The weights of both blends, as far as they differ, or do not."""
    after = weights_of(Blend.of(row.weights))
    return [
        Row(
            str(NAMES[name]),
            number(round(before, 2)),
            number(round(after[name], 2)),
            _change(before, after[name]),
        )
        for name, before in weights_of(Blend.of(row.base)).items()
        if (round(before, 2) != round(after[name], 2)) is changed
    ]


def _change(before: float, after: float) -> str:
    if round(before, 2) == round(after, 2):
        return str(_("as before"))
    return str(_("counts more") if abs(after) > abs(before) else _("counts less"))


def _since(row: TrainedBlend, lessons: Sequence[Lesson]) -> Since | None:
    later = [lesson.example for lesson in lessons if lesson.entry_id > row.last_entry_id]
    untrained = ordered_rightly(Blend.of(row.base), later)
    trained = ordered_rightly(Blend.of(row.weights), later)
    if untrained is None or trained is None:
        return None
    return Since(len(later), percent(untrained), percent(trained))
