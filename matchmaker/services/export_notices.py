"""Telling staff that the class of an offer became stricter after an introduction abroad."""

from datetime import datetime

from sqlalchemy.orm import Session

from matchmaker.domain.permissions import Actor
from matchmaker.models import Listing, Match
from matchmaker.queries.export_control import introductions_abroad
from matchmaker.queries.match_gate import check_of, closed_behind, offered_text
from matchmaker.services.match_notices import tell_both_centres


def tell_stricter(session: Session, actor: Actor, offer: Listing, *, now: datetime) -> None:
    """Tell the staff of both centres of each introduction abroad that the last check of an offer,
    if it is of the text that is read there, would not allow now."""
    for match in introductions_abroad(session, offer):
        if check_of(offer, offered_text(match)) is offer.export_check:
            tell_if_closed(session, actor, match, now=now)


def tell_if_closed(session: Session, actor: Actor, match: Match, *, now: datetime) -> None:
    """Tell the staff of both centres where the gate closed behind an introduction. Nothing is
    decided by itself: they talk to the parties."""
    if closed_behind(match):
        tell_both_centres(session, actor, match, "match_class_stricter", now=now)
