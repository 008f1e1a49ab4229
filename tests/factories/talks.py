"""What the parties of a case do after the introduction, written as rows."""

from sqlalchemy.orm import Session

from matchmaker.domain.references import Prefix, new_reference
from matchmaker.domain.vocabulary import MeetingState, NdaKind, NdaState, Side
from matchmaker.models import (
    CaseMessage,
    Match,
    Meeting,
    MeetingTime,
    Nda,
    NdaText,
    NdaTextBody,
    User,
)
from matchmaker.queries.ndas import current_text, fingerprint
from tests.factories.clock import NOW
from tests.factories.people import make_user


def make_message(
    session: Session,
    match: Match,
    author: User,
    *,
    side: Side | None = None,
    body: str = "Shall we talk about the glue?",
    language: str = "en",
) -> CaseMessage:
    """A message by a party, or by staff of the centre of the offer."""
    message = CaseMessage(
        match=match, author=author, side=side,
        centre_id=match.offer_centre_id if side is None else None,
        language=language, body=body, at=NOW,
    )  # fmt: skip
    session.add(message)
    session.flush()
    return message


def make_meeting(session: Session, match: Match, by: User) -> Meeting:
    """A meeting that both sides have agreed on."""
    meeting = Meeting(
        reference=new_reference(Prefix.MEETING), match=match, state=MeetingState.ACCEPTED,
        proposed_by=by, side=Side.OFFER, title="First call", place="https://meet.example.org/x",
        minutes=60, time_zone="Asia/Shanghai", interpreter=True, interpret_from="zh-Hans",
        interpret_to="th", starts_at=NOW, invited_for=NOW, created_at=NOW, changed_at=NOW,
        times=[MeetingTime(starts_at=NOW)],
    )  # fmt: skip
    session.add(meeting)
    session.flush()
    return meeting


def make_nda_text(session: Session, *, sample: bool = False) -> NdaText:
    """The operator's agreement in English and Chinese, a version after the last one."""
    newest = current_text(session)
    version = newest.version + 1 if newest else 1
    bodies = {
        "en": (f"Agreement {version}", "Both sides keep secret what they learn."),
        "zh-Hans": (f"保密协议 {version}", "双方对所获信息保密。"),
    }
    text = NdaText(
        version=version, sample=sample, created_at=NOW,
        bodies=[
            NdaTextBody(language=language, title=title, body=body, sha256=fingerprint(title, body))
            for language, (title, body) in bodies.items()
        ],
    )  # fmt: skip
    session.add(text)
    session.flush()
    return text


def make_nda(session: Session, match: Match) -> Nda:
    """An agreement of a match that is in force."""
    nda = Nda(
        match=match, kind=NdaKind.TEXT, state=NdaState.IN_FORCE, nda_text=make_nda_text(session),
        created_at=NOW, created_by=make_user(session), in_force_at=NOW,
    )  # fmt: skip
    session.add(nda)
    session.flush()
    return nda
