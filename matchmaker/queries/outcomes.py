"""The agreement of a case, and its evidence: who may open which file."""

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.listing_content import Tier
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import Side
from matchmaker.models import Attachment, Match, Outcome, OutcomeEvidence
from matchmaker.queries.case_tiers import staff_tier


def reads_outcome(actor: Actor, match: Match) -> bool:
    """Tell whether somebody reads the agreement as staff: those of both centres do; auditors and
    people of the two organisations do not."""
    return not actor.system and staff_tier(actor, match) is Tier.CASE


def closed_outcomes(match: Match) -> list[Outcome]:
    """Return agreements and reports that no longer count, the newest first."""
    return [outcome for outcome in reversed(match.outcomes) if not outcome.is_open]


def evidence_for_staff(match: Match, actor: Actor, token: str) -> Attachment:
    """Return a file of the agreement for staff. Raises DomainError NOT_FOUND."""
    found = [each for each in _evidence(match) if each.attachment.token == token]
    if not found or not reads_outcome(actor, match):
        raise DomainError(ErrorCode.NOT_FOUND)
    return found[0].attachment


def evidence_of_party(match: Match, side: Side, token: str) -> Attachment:
    """Return a file that the party of `side` sent itself. Raises DomainError NOT_FOUND."""
    for each in _evidence(match):
        if each.attachment.token == token and each.side is side:
            return each.attachment
    raise DomainError(ErrorCode.NOT_FOUND)


def _evidence(match: Match) -> list[OutcomeEvidence]:
    """All files of a match, of what was closed too."""
    return [each for outcome in match.outcomes for each in outcome.evidence]
