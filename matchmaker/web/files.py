"""Handing out uploaded files: always as a download that can load and run nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from flask import Response, abort, current_app
from flask import send_file as send
from werkzeug.datastructures import FileStorage

from matchmaker.config import Settings
from matchmaker.models import Attachment
from matchmaker.services import attachments
from matchmaker.services.case_messages import Upload
from matchmaker.services.export_evidence import EvidenceFile

FILE_POLICY: Final = "default-src 'none'; sandbox; frame-ancestors 'none'"
"""A file that a browser should show against our will can load and run nothing."""


def upload_folder() -> Path:
    """Return where uploaded files lie."""
    settings: Settings = current_app.config["SETTINGS"]
    return settings.upload_folder


def hand_out(attachment: Attachment) -> Response:
    """Return a file, as a download; the caller has checked that the person may have it."""
    path = attachments.file_path(upload_folder(), attachment.token)
    if not path.is_file():
        abort(404)
    response: Response = send(
        path,
        mimetype=attachment.content_type,
        as_attachment=True,
        download_name=attachment.filename,
        conditional=False,
        etag=False,
    )
    return guarded(response)


def guarded(response: Response) -> Response:
    """Give a download the headers that keep a browser from showing it, and others from keeping
    it."""
    response.headers["Content-Security-Policy"] = FILE_POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Cache-Control"] = "private, no-store"
    return response


def upload_of(file: FileStorage) -> Upload:
    """Return what was uploaded, one byte more than allowed at the most."""
    return Upload(file.stream.read(attachments.MAX_BYTES + 1), file.filename or "")


def evidence_of(file: FileStorage | None) -> EvidenceFile | None:
    """Return a file of evidence that was uploaded, if there is one."""
    if not isinstance(file, FileStorage) or not file.filename:
        return None
    upload = upload_of(file)
    return EvidenceFile(upload.content, upload.filename, upload_folder())
