"""The answers that a mail offers to the question how talks go, each with its link."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from matchmaker.config import Settings
from matchmaker.domain.vocabulary import FollowUpAnswer, Side
from matchmaker.i18n.labels import label
from matchmaker.services.follow_up_links import AnswerLink, answer_token


@dataclass(frozen=True, slots=True)
class OfferedAnswer:
    """An answer in words, and the address of the page on which it is chosen."""

    text: str
    url: str


def offered_answers(
    settings: Settings, locale: str, data: Mapping[str, Any]
) -> list[OfferedAnswer]:
    """Return all answers. `data`: what names the question, as a follow-up's mail has it."""
    return [
        OfferedAnswer(str(label(answer)), _address(settings, locale, data, answer))
        for answer in FollowUpAnswer
    ]


def _address(
    settings: Settings, locale: str, data: Mapping[str, Any], answer: FollowUpAnswer
) -> str:
    link = AnswerLink(
        reference=str(data["reference"]), side=Side(data["side"]), days=int(data["days"]),
        introduced=int(data.get("introduced", 0)), answer=answer,
    )  # fmt: skip
    token = answer_token(settings.secret_key, link)
    return f"{settings.public_url}/{locale}/follow-up/{token}"
