"""Signed links with which a party answers from its mail, without signing in.

A link names the question and the answer, never a person: whoever got the mail may answer for the
party. It works as long as the question is open, so it needs no date of its own; but it names the
introduction, for a pair that is introduced anew is asked anew.
"""

from dataclasses import dataclass

from itsdangerous import BadSignature, URLSafeSerializer

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.vocabulary import FollowUpAnswer, Side

_SALT = "matchmaker-follow-up"


@dataclass(frozen=True, slots=True)
class AnswerLink:
    """A question, by the reference of its match, and the answer that its link chooses."""

    reference: str
    side: Side
    days: int
    introduced: int
    """The introduction that was asked about, as `queries.follow_ups.introduction_of` names it."""
    answer: FollowUpAnswer


def answer_token(secret: str, link: AnswerLink) -> str:
    """Return what stands for a link in an address."""
    return URLSafeSerializer(secret, salt=_SALT).dumps(
        [link.reference, link.side.value, link.days, link.introduced, link.answer.value]
    )


def read_answer(secret: str, token: str) -> AnswerLink:
    """Return what a token stands for. Raises DomainError NOT_FOUND for one that we did not make."""
    try:
        parts = URLSafeSerializer(secret, salt=_SALT).loads(token)
        reference, side, days, introduced, answer = parts
        return AnswerLink(
            str(reference), Side(side), int(days), int(introduced), FollowUpAnswer(answer)
        )
    except (BadSignature, TypeError, ValueError):
        raise DomainError(ErrorCode.NOT_FOUND) from None
