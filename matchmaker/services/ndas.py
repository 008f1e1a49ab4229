"""Non-disclosure agreements: the operator's text, accepting it, and signed files."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy.orm import Session

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.languages import TEXT_LANGUAGES
from matchmaker.domain.listing_content import clean_text
from matchmaker.domain.permissions import SYSTEM, Actor, Permission
from matchmaker.domain.vocabulary import MatchState, NdaKind, NdaState, Side
from matchmaker.models import Match, Nda, NdaAcceptance, NdaText, NdaTextBody
from matchmaker.queries.case_tiers import nda_in_force, organisation_name
from matchmaker.queries.ndas import (
    accepted_text,
    current_text,
    fingerprint,
    open_nda,
    sample_hashes,
)
from matchmaker.queries.talks import Talk
from matchmaker.services import audit, match_states, talk_notices
from matchmaker.services.attachments import store_file
from matchmaker.services.case_messages import Upload, open_talk

MAX_TITLE: Final = 200
MAX_BODY: Final = 50_000
MAX_NAME: Final = 200
BEFORE_NDA: Final = frozenset({MatchState.INTRODUCED, MatchState.IN_DISCUSSION})
"""From here an agreement takes the match to its state; later on it stays where it is."""


def publish_text(
    session: Session,
    actor: Actor,
    bodies: Mapping[str, tuple[str, str]],
    *,
    sample: bool = False,
    now: datetime,
) -> NdaText:
    """Publish a new version of the operator's agreement: (title, body) by language.

    What was accepted before keeps its version. Languages without title and body are left out.
    Raises DomainError: NOT_ALLOWED, TEXT_EMPTY, TEXT_TOO_LONG, UNKNOWN_CODE.
    """
    if not actor.may(Permission.NDA_TEXT_MANAGE):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    cleaned = {
        language: (" ".join(clean_text(title).split()), clean_text(body))
        for language, (title, body) in bodies.items()
    }
    kept = {language: pair for language, pair in cleaned.items() if any(pair)}
    if not kept:
        raise DomainError(ErrorCode.TEXT_EMPTY)
    newest = current_text(session)
    text = NdaText(
        version=newest.version + 1 if newest is not None else 1,
        sample=sample,
        created_at=now,
        created_by_id=actor.user_id,
        bodies=[_body(language, *pair) for language, pair in kept.items()],
    )
    session.add(text)
    audit.record(
        session, actor, audit.AuditAction.NDA_TEXT_PUBLISHED, text, now=now,
        version=text.version, languages=sorted(kept),
    )  # fmt: skip
    return text


def change_text(
    session: Session,
    actor: Actor,
    language: str,
    title: str,
    body: str,
    *,
    seen: int,
    now: datetime,
) -> NdaText:
    """Publish the newest agreement with one language written anew; without text it is left out.

    `seen` is the version that the person saw, 0 for none. A sample of which a language is still
    as it came stays one. Raises DomainError: those of `publish_text`, NDA_CHANGED.
    """
    newest = current_text(session)
    if seen != (newest.version if newest is not None else 0):
        raise DomainError(ErrorCode.NDA_CHANGED)
    kept = {
        each.language: (each.title, each.body)
        for each in (newest.bodies if newest is not None else ())
        if each.language != language
    }
    came = sample_hashes(session)
    sample = any(fingerprint(*pair) in came for pair in kept.values())
    return publish_text(session, actor, {**kept, language: (title, body)}, sample=sample, now=now)


def load_sample(session: Session, folder: Path, *, now: datetime) -> bool:
    """Publish the sample in `folder` (<language>.txt: title, empty line, body) where there is no
    agreement yet; returns whether it did."""
    if current_text(session) is not None:
        return False
    bodies = {}
    for path in sorted(folder.glob("*.txt")):
        title, _empty, body = path.read_text(encoding="utf-8").partition("\n\n")
        bodies[path.stem] = (title, body)
    publish_text(session, SYSTEM, bodies, sample=True, now=now)
    return True


def _body(language: str, title: str, body: str) -> NdaTextBody:
    if language not in TEXT_LANGUAGES:
        raise DomainError(ErrorCode.UNKNOWN_CODE, field="language", value=language)
    for name, text, limit in (("title", title, MAX_TITLE), ("body", body, MAX_BODY)):
        if not text:
            raise DomainError(ErrorCode.TEXT_EMPTY, field=f"{name}-{language}")
        if len(text) > limit:
            raise DomainError(
                ErrorCode.TEXT_TOO_LONG, field=f"{name}-{language}", limit=limit, length=len(text)
            )
    return NdaTextBody(language=language, title=title, body=body, sha256=fingerprint(title, body))


def accept_text(
    session: Session,
    actor: Actor,
    match: Match,
    *,
    language: str,
    sha256: str,
    name: str,
    sample_counts: bool = False,
    now: datetime,
) -> Nda:
    """Accept the operator's agreement for the actor's side; with the other side's it is in force.

    `sha256` is of the text that the person read, `name` as it was typed; `sample_counts` whether
    the sample of the software may be accepted, as in a demonstration. Raises DomainError: those of
    `open_talk`, NOT_ALLOWED (staff accept for nobody), NDA_IN_FORCE, NDA_SAMPLE, NDA_CHANGED
    (another text, or a file, waits by now, or this side has accepted), TEXT_EMPTY, TEXT_TOO_LONG
    (the name).
    """
    talk = open_talk(session, actor, match)
    side = talk.side
    if side is None:
        raise DomainError(ErrorCode.NOT_ALLOWED)
    _check_none_in_force(session, match)
    text = accepted_text(session, match)
    body = text.body(language) if text is not None else None
    if text is None or body is None or body.sha256 != sha256:
        raise DomainError(ErrorCode.NDA_CHANGED)
    if text.sample and not sample_counts:
        raise DomainError(ErrorCode.NDA_SAMPLE)
    nda = open_nda(session, match)
    if nda is None or (nda.nda_text is not None and nda.nda_text is not text):
        nda = _begin(session, actor, talk, Nda(kind=NdaKind.TEXT, nda_text=text), now)
    if nda.kind is not NdaKind.TEXT or nda.acceptance(side) is not None:
        raise DomainError(ErrorCode.NDA_CHANGED)
    owner = match.listing(side).organisation
    nda.acceptances.append(
        NdaAcceptance(
            side=side,
            user_id=actor.user_id,
            name=_name(name),
            organisation_id=owner.id,
            organisation_name=organisation_name(owner, language),
            language=language,
            sha256=body.sha256,
            at=now,
        )
    )
    audit.record(
        session, actor, audit.AuditAction.NDA_ACCEPTED, match, now=now,
        side=side, nda=nda.id, version=text.version, language=language, sha256=sha256,
    )  # fmt: skip
    if nda.acceptance(side.other) is not None:
        return _enter_into_force(session, actor, nda, talk, now)
    _tell(session, actor, nda, "match_nda_proposed", now)
    return nda


def _name(text: str) -> str:
    name = " ".join(clean_text(text).split())
    if not name:
        raise DomainError(ErrorCode.TEXT_EMPTY, field="name")
    if len(name) > MAX_NAME:
        raise DomainError(ErrorCode.TEXT_TOO_LONG, field="name", limit=MAX_NAME, length=len(name))
    return name


def upload_nda(
    session: Session, actor: Actor, match: Match, upload: Upload, *, folder: Path, now: datetime
) -> Nda:
    """Upload a signed agreement. Whoever does it stands behind it for the own side, staff for those
    of their centre; somebody of the other side confirms it. It takes the place of one that still
    waited.

    Raises DomainError: those of `open_talk` and `store_file`, NDA_IN_FORCE.
    """
    talk = open_talk(session, actor, match)
    _check_none_in_force(session, match)
    attachment = store_file(
        actor, content=upload.content, filename=upload.filename, folder=folder, now=now
    )
    nda = _begin(session, actor, talk, Nda(kind=NdaKind.UPLOAD, attachment=attachment), now)
    for side in _stands_for(talk):
        nda.confirm(side, actor.user_id)
    audit.record(
        session, actor, audit.AuditAction.NDA_UPLOADED, match, now=now,
        nda=nda.id, sha256=attachment.sha256, side=talk.side,
    )  # fmt: skip
    _tell(session, actor, nda, "match_nda_proposed", now)
    return nda


def may_confirm(talk: Talk, nda: Nda, user_id: int | None) -> bool:
    """Tell whether somebody may confirm or refuse an uploaded agreement: who did not upload it and
    speaks for a side that nobody has confirmed it for, as its party or as staff of its own centre.
    Staff who upload for both sides need another pair of eyes, of either side."""
    if nda.kind is not NdaKind.UPLOAD or nda.state is not NdaState.PROPOSED:
        return False
    missing = [side for side in Side if nda.confirmed_by_id(side) is None]
    return nda.created_by_id != user_id and bool(
        not missing or set(missing) & set(_stands_for(talk))
    )


def _stands_for(talk: Talk) -> tuple[Side, ...]:
    """Return the sides for which somebody can stand behind a file."""
    return (talk.side,) if talk.side is not None else talk.sides


def confirm_upload(
    session: Session, actor: Actor, match: Match, *, sha256: str, now: datetime
) -> Nda:
    """Confirm the uploaded agreement whose hash is `sha256`: with both sides behind it, it is in
    force.

    Raises DomainError: those of `open_talk`, NOT_ALLOWED, NDA_IN_FORCE, NDA_CHANGED.
    """
    talk, nda = _answered(session, actor, match, sha256)
    nda.closed_by_id = actor.user_id
    for side in _stands_for(talk):
        if nda.confirmed_by_id(side) is None:
            nda.confirm(side, actor.user_id)
    return _enter_into_force(session, actor, nda, talk, now)


def refuse_upload(
    session: Session, actor: Actor, match: Match, *, sha256: str, now: datetime
) -> Nda:
    """Refuse the uploaded agreement whose hash is `sha256`: it is the wrong file, or not signed.

    Raises DomainError: those of `open_talk`, NOT_ALLOWED, NDA_IN_FORCE, NDA_CHANGED.
    """
    talk, nda = _answered(session, actor, match, sha256)
    nda.state, nda.closed_by_id = NdaState.REFUSED, actor.user_id
    audit.record(
        session, actor, audit.AuditAction.NDA_REFUSED, match, now=now, nda=nda.id, side=talk.side
    )
    _tell(session, actor, nda, "match_nda_refused", now)
    return nda


def _answered(session: Session, actor: Actor, match: Match, sha256: str) -> tuple[Talk, Nda]:
    talk = open_talk(session, actor, match)
    _check_none_in_force(session, match)
    nda = open_nda(session, match)
    if nda is None or nda.attachment is None or nda.attachment.sha256 != sha256:
        raise DomainError(ErrorCode.NDA_CHANGED)
    if not may_confirm(talk, nda, actor.user_id):
        raise DomainError(ErrorCode.NOT_ALLOWED)
    return talk, nda


def _check_none_in_force(session: Session, match: Match) -> None:
    if nda_in_force(session, match) is not None:
        raise DomainError(ErrorCode.NDA_IN_FORCE)


def _begin(session: Session, actor: Actor, talk: Talk, nda: Nda, now: datetime) -> Nda:
    """Add an agreement that waits for a side; one that waited before is replaced."""
    match_states.replace_waiting_nda(session, talk.match)
    nda.match, nda.state, nda.side = talk.match, NdaState.PROPOSED, talk.side
    nda.created_at, nda.created_by_id = now, actor.user_id or 0
    session.add(nda)
    session.flush()
    return nda


def _enter_into_force(session: Session, actor: Actor, nda: Nda, talk: Talk, now: datetime) -> Nda:
    match = nda.match
    nda.state, nda.in_force_at = NdaState.IN_FORCE, now
    audit.record(
        session, actor, audit.AuditAction.NDA_IN_FORCE, match, now=now,
        nda=nda.id, by_side=talk.side,
    )  # fmt: skip
    if match.state in BEFORE_NDA:
        match_states.move(session, actor, match, MatchState.NDA, by=talk.by, now=now, nda=nda.id)
    _tell(session, actor, nda, "match_nda_in_force", now)
    return nda


def _tell(session: Session, actor: Actor, nda: Nda, code: str, now: datetime) -> None:
    talk_notices.tell_all(
        session, nda.match, code=code, event=str(nda.id), now=now,
        but=actor.user_id if code != "match_nda_in_force" else None,
    )  # fmt: skip
