"""Files that show why an export-control class or clearance was recorded."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError
from matchmaker.domain.permissions import Actor
from matchmaker.domain.vocabulary import Side
from matchmaker.models import ExportCheck, ExportEvidence, Match
from matchmaker.services.attachments import store_file


@dataclass(frozen=True, slots=True)
class EvidenceFile:
    """A file as it was sent, and the upload folder."""

    content: bytes
    filename: str
    folder: Path


def keep_evidence(
    session: Session, actor: Actor, file: EvidenceFile, shows: ExportCheck | tuple[Match, Side],
    *, now: datetime,
) -> ExportEvidence:  # fmt: skip
    """Store a file with a check of an offer, or with one side of a match. Earlier files stay.

    Raises DomainError: those of `attachments.store_file`, on the field "evidence".
    """
    try:
        attachment = store_file(
            actor, content=file.content, filename=file.filename, folder=file.folder, now=now
        )
    except DomainError as error:
        raise DomainError(error.code, field="evidence", **error.data) from error
    session.add(attachment)
    session.flush()
    evidence = ExportEvidence(attachment_id=attachment.id)
    if isinstance(shows, ExportCheck):
        evidence.check_id = shows.id
    else:
        match, side = shows
        evidence.match_id, evidence.side = match.id, side
    session.add(evidence)
    return evidence
