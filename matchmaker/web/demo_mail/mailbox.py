"""Mails in the folder of the file backend, one in each file."""

from __future__ import annotations

import email
import email.policy
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path
from typing import Final

MOST: Final = 200
_NAME: Final = re.compile(r"[0-9]{8}-[0-9]{6}-[0-9]{1,16}")
_RULE: Final = b"\n" + b"-" * 79
_LARGEST: Final = 1024 * 1024


@dataclass(frozen=True, slots=True)
class StoredMail:
    """A mail as its reader would have seen it."""

    name: str
    recipient: str
    subject: str
    language: str
    at: datetime
    body: str


def newest_mails(folder: Path) -> list[StoredMail]:
    """Return the newest mails of the folder, newest first; files that are none are left out."""
    files = [path for path in folder.glob("*.log") if _NAME.fullmatch(path.stem)]
    files.sort(key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)
    return [mail for path in files[:MOST] if (mail := _read(path)) is not None]


def stored_mail(folder: Path, name: str) -> StoredMail | None:
    """Return the mail of this name, or None."""
    path = folder / f"{name}.log"
    return _read(path) if _NAME.fullmatch(name) and path.is_file() else None


def _read(path: Path) -> StoredMail | None:
    try:
        with path.open("rb") as file:
            data = file.read(_LARGEST)
        at = datetime.fromtimestamp(path.stat().st_mtime, UTC)
    except OSError:
        return None
    message = email.message_from_bytes(
        data.rpartition(_RULE)[0], EmailMessage, policy=email.policy.default
    )
    if not message["To"]:
        return None
    text = message.get_body(("plain",))
    return StoredMail(
        name=path.stem,
        recipient=str(message["To"]),
        subject=str(message["Subject"] or ""),
        language=str(message["Content-Language"] or ""),
        at=at,
        body=str(text.get_content()) if text is not None else "",
    )
