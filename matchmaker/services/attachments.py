"""Files of a listing: checked, made anew where they are images, written whole or not at all."""

import hashlib
import os
import re
import secrets
import tempfile
import unicodedata
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path, PurePosixPath, PureWindowsPath
from typing import Final

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from matchmaker.domain.errors import NO_SPACE, DomainError, ErrorCode
from matchmaker.domain.listing_content import clean_text
from matchmaker.domain.permissions import Actor
from matchmaker.models import (
    Attachment,
    CaseFile,
    ExportEvidence,
    Listing,
    Nda,
    OutcomeEvidence,
    RevisionAttachment,
)
from matchmaker.services import audit
from matchmaker.services.listing_access import open_revision, touch

MAX_FILES: Final = 10
MAX_MEGABYTES: Final = 10
MAX_BYTES: Final = MAX_MEGABYTES * 1024 * 1024
MAX_PIXELS: Final = 50_000_000
MAX_SIDE: Final = 2560
"""Larger images are made smaller, in pixels."""
MAX_CAPTION: Final = 300
MAX_FILENAME: Final = 200
PDF: Final = "application/pdf"
_EXTENSIONS: Final = {
    PDF: ".pdf",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
}
_IMAGE_FORMATS: Final = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_TOKEN: Final = re.compile(r"[\w-]{43}", re.ASCII)
_UNUSED_FOR: Final = timedelta(days=1)
_SHOWN_BY: Final = (
    RevisionAttachment.attachment_id,
    CaseFile.attachment_id,
    Nda.attachment_id,
    ExportEvidence.attachment_id,
    OutcomeEvidence.attachment_id,
)
"""Where a file may be shown; one that stands in none of them is swept away."""


def add_attachment(
    session: Session,
    actor: Actor,
    listing: Listing,
    *,
    content: bytes,
    filename: str,
    folder: Path,
    caption: str = "",
    confidential: bool = False,
    now: datetime,
) -> RevisionAttachment:
    """Store a file and show it with the working revision. `folder` is the upload folder.

    Raises DomainError: those of `open_revision`, TOO_MANY_FILES, FILE_TOO_LARGE, FILE_TYPE_REFUSED,
    FILE_BROKEN, IMAGE_TOO_LARGE, TEXT_TOO_LONG (the caption), STORAGE_FULL.
    """
    revision = open_revision(session, actor, listing)
    if len(revision.attachments) >= MAX_FILES:
        raise DomainError(ErrorCode.TOO_MANY_FILES, field="file", limit=MAX_FILES)
    caption = _caption(caption)
    attachment = store_file(actor, content=content, filename=filename, folder=folder, now=now)
    shown = RevisionAttachment(
        attachment=attachment,
        caption=caption,
        confidential=confidential,
        position=max((other.position for other in revision.attachments), default=-1) + 1,
    )
    revision.attachments.append(shown)
    touch(revision)
    audit.record(
        session, actor, audit.AuditAction.ATTACHMENT_ADDED, listing,
        now=now, content_type=attachment.content_type, size=attachment.size,
        confidential=confidential,
    )  # fmt: skip
    return shown


def store_file(
    actor: Actor, *, content: bytes, filename: str, folder: Path, now: datetime
) -> Attachment:
    """Check a file and write it into the upload folder; the row is the caller's to add.

    Raises DomainError: FILE_TOO_LARGE, FILE_TYPE_REFUSED, FILE_BROKEN, IMAGE_TOO_LARGE,
    STORAGE_FULL.
    """
    content, content_type = checked_file(content)
    token = secrets.token_urlsafe(32)
    write_whole(file_path(folder, token), content)
    return Attachment(
        token=token,
        filename=_filename(filename, content_type),
        content_type=content_type,
        size=len(content),
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_by_id=actor.user_id,
        uploaded_at=now,
    )


def change_attachment(
    session: Session,
    actor: Actor,
    listing: Listing,
    token: str,
    *,
    caption: str,
    confidential: bool,
    version: int | None = None,
    now: datetime,
) -> RevisionAttachment:
    """Change the caption of a file and who may open it.

    Raises DomainError: those of `open_revision`, NOT_FOUND, TEXT_TOO_LONG.
    """
    revision = open_revision(session, actor, listing, version)
    shown = _shown(revision.attachments, token)
    shown.caption, shown.confidential = _caption(caption), confidential
    touch(revision)
    audit.record(
        session, actor, audit.AuditAction.LISTING_CHANGED, listing,
        now=now, fields=["attachment"], confidential=confidential,
    )  # fmt: skip
    return shown


def remove_attachment(
    session: Session, actor: Actor, listing: Listing, token: str, *, now: datetime
) -> None:
    """Take a file away from the working revision; a published one may still show it.

    Raises DomainError: those of `open_revision`, NOT_FOUND.
    """
    revision = open_revision(session, actor, listing)
    revision.attachments.remove(_shown(revision.attachments, token))
    touch(revision)
    audit.record(session, actor, audit.AuditAction.ATTACHMENT_REMOVED, listing, now=now)


def file_path(folder: Path, token: str) -> Path:
    """Return where the file of a token lies. Raises ValueError for what is not a token."""
    if not _TOKEN.fullmatch(token):
        raise ValueError(token)
    return folder / token[:2] / token


def checked_file(content: bytes) -> tuple[bytes, str]:
    """Return what to store and its content type: a PDF as it is, an image made anew.

    Raises DomainError FILE_TOO_LARGE, FILE_TYPE_REFUSED, FILE_BROKEN, IMAGE_TOO_LARGE.
    """
    if len(content) > MAX_BYTES:
        raise DomainError(ErrorCode.FILE_TOO_LARGE, field="file", limit=MAX_MEGABYTES)
    if content.startswith(b"%PDF-"):
        if b"%%EOF" not in content[-2048:]:
            raise DomainError(ErrorCode.FILE_BROKEN, field="file")
        return content, PDF
    if not _looks_like_image(content):
        raise DomainError(ErrorCode.FILE_TYPE_REFUSED, field="file")
    return _remade_image(content)


def _looks_like_image(content: bytes) -> bool:
    return content.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (
        content[:4] == b"RIFF" and content[8:12] == b"WEBP"
    )


def _remade_image(content: bytes) -> tuple[bytes, str]:
    """Draw the image anew: hidden data and places in its metadata stay behind."""
    try:
        with Image.open(BytesIO(content), formats=list(_IMAGE_FORMATS)) as image:
            kind = image.format or ""
            if image.width * image.height > MAX_PIXELS:
                raise _too_many_pixels()
            ImageOps.exif_transpose(image, in_place=True)  # a copy would double the memory
            image.thumbnail((MAX_SIDE, MAX_SIDE))
            clean = _without_metadata(image, kind)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise _too_many_pixels() from None
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
        raise DomainError(ErrorCode.FILE_BROKEN, field="file") from None
    target = BytesIO()
    clean.save(target, kind, **({"quality": 88} if kind != "PNG" else {"optimize": True}))
    return target.getvalue(), _IMAGE_FORMATS[kind]


def _too_many_pixels() -> DomainError:
    return DomainError(ErrorCode.IMAGE_TOO_LARGE, field="file", limit=MAX_PIXELS // 1_000_000)


def _without_metadata(image: Image.Image, kind: str) -> Image.Image:
    transparent = "A" in image.getbands() or "transparency" in image.info
    mode = "RGBA" if transparent and kind != "JPEG" else "RGB"
    pixels = image.convert(mode)
    clean = Image.new(mode, pixels.size)
    clean.paste(pixels)
    return clean


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a crash leaves it whole or not there.

    Raises DomainError STORAGE_FULL when the disk has no space left.
    """
    temporary: Path | None = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".part-")
        temporary = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        if temporary is not None:
            temporary.unlink(missing_ok=True)
        if error.errno in NO_SPACE:
            raise DomainError(ErrorCode.STORAGE_FULL, field="file") from error
        raise


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def remove_unused(session: Session, folder: Path, *, now: datetime) -> int:
    """Delete files that nothing shows, a day after they came; returns how many.

    An upload whose transaction failed leaves a file without a row: this sweep finds it.
    """
    limit = now - _UNUSED_FOR
    shown = or_(*(exists().where(column == Attachment.id) for column in _SHOWN_BY))
    session.execute(delete(Attachment).where(~shown, Attachment.uploaded_at < limit))
    known = set(session.scalars(select(Attachment.token)))
    removed = 0
    for path in folder.glob("??/*") if folder.is_dir() else ():
        stale = path.stat().st_mtime < limit.timestamp()
        if path.is_file() and stale and path.name not in known:
            path.unlink(missing_ok=True)
            removed += 1
    return removed


def _shown(attachments: list[RevisionAttachment], token: str) -> RevisionAttachment:
    for shown in attachments:
        if shown.attachment.token == token:
            return shown
    raise DomainError(ErrorCode.NOT_FOUND)


def _caption(text: str) -> str:
    caption = " ".join(clean_text(text).split())
    if len(caption) > MAX_CAPTION:
        raise DomainError(
            ErrorCode.TEXT_TOO_LONG, field="caption", limit=MAX_CAPTION, length=len(caption)
        )
    return caption


def _filename(name: str, content_type: str) -> str:
    """Return a harmless name with the extension of what the file really is."""
    last = PurePosixPath(PureWindowsPath(clean_text(name)).as_posix()).name
    stem = PurePosixPath(last).stem if "." in last else last
    plain = "".join(c for c in stem if unicodedata.category(c)[0] != "C" and c not in '<>:"|?*\\/')
    plain = plain.strip(" .")[:MAX_FILENAME] or "file"
    return plain + _EXTENSIONS[content_type]
