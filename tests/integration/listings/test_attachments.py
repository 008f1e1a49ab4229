"""Files: what is accepted, how it is stored, what a full disk does."""

import errno
import os
import re
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import select

from matchmaker.domain.errors import DomainError, ErrorCode
from matchmaker.domain.vocabulary import ListingState
from matchmaker.models import Attachment, Listing, RevisionAttachment
from matchmaker.services import attachments
from tests.factories import NOW, make_listing
from tests.integration.listings.conftest import Stage

PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), mode: str = "RGB") -> bytes:
    target = BytesIO()
    Image.new(mode, size, None).save(target, kind)
    return target.getvalue()


def add(
    stage: Stage, listing: Listing, folder: Path, content: bytes = PDF, **more: object
) -> RevisionAttachment:
    given = {"filename": "report.pdf", **more}
    shown = attachments.add_attachment(
        stage.session, stage.owner, listing, content=content, folder=folder, now=NOW, **given
    )  # type: ignore[arg-type]
    stage.session.flush()
    return shown


def stored(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_images_are_drawn_anew(stage: Stage, tmp_path: Path, kind: str) -> None:
    image = Image.new("RGB", (40, 30), (200, 10, 10))
    exif = Image.Exif()
    exif[0x010E] = "a secret place"
    target = BytesIO()
    image.save(target, kind, exif=exif)
    hidden = target.getvalue() + b"<script>alert(1)</script>"
    shown = add(stage, stage.draft(), tmp_path, hidden, filename="C:\\tmp\\Rot <1>.html")
    content = attachments.file_path(tmp_path, shown.attachment.token).read_bytes()
    assert b"secret" not in content
    assert b"script" not in content
    with Image.open(BytesIO(content)) as again:
        assert (again.format, again.size) == (kind, (40, 30))
    assert shown.attachment.filename.startswith("Rot 1.")
    assert shown.attachment.size == len(content)


def test_images_are_made_smaller_and_keep_transparency(tmp_path: Path) -> None:
    content, content_type = attachments.checked_file(picture("PNG", (5000, 100), "RGBA"))
    with Image.open(BytesIO(content)) as image:
        assert (image.mode, image.size) == ("RGBA", (2560, 51))
    assert content_type == "image/png"
    for mode in ("L", "P", "1", "CMYK"):
        kind = "JPEG" if mode == "CMYK" else "PNG"
        attachments.checked_file(picture(kind, (10, 10), mode))


def test_pdf_is_kept_as_it_is(stage: Stage, tmp_path: Path) -> None:
    shown = add(stage, stage.draft(), tmp_path, filename="../../etc/报告.exe", caption=" A  b ")
    path = attachments.file_path(tmp_path, shown.attachment.token)
    assert path.read_bytes() == PDF
    assert (shown.attachment.filename, shown.caption) == ("报告.pdf", "A b")
    assert shown.attachment.token not in shown.attachment.filename
    assert len(shown.attachment.token) == 43


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", ErrorCode.FILE_TYPE_REFUSED),
        (b"<html>", ErrorCode.FILE_TYPE_REFUSED),
        (b"GIF89a" + b"\0" * 20, ErrorCode.FILE_TYPE_REFUSED),
        (b"PK\x03\x04", ErrorCode.FILE_TYPE_REFUSED),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", ErrorCode.FILE_TYPE_REFUSED),
        (b"MZ %PDF-1.7 %%EOF", ErrorCode.FILE_TYPE_REFUSED),
        (b"%PDF-1.7 cut off", ErrorCode.FILE_BROKEN),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 50, ErrorCode.FILE_BROKEN),
        (b"\xff\xd8\xff\xe0" + b"\0" * 50, ErrorCode.FILE_BROKEN),
        (picture("PNG", (400, 300))[:-60], ErrorCode.FILE_BROKEN),
        (b"%PDF-" + b"\0" * attachments.MAX_BYTES, ErrorCode.FILE_TOO_LARGE),
        (picture("PNG", (8000, 7000), "1"), ErrorCode.IMAGE_TOO_LARGE),
        (picture("PNG", (12000, 9000), "1"), ErrorCode.IMAGE_TOO_LARGE),
    ],
)
def test_bad_files_are_refused(
    stage: Stage, tmp_path: Path, content: bytes, code: ErrorCode
) -> None:
    listing = stage.draft()
    with pytest.raises(DomainError) as error:
        add(stage, listing, tmp_path, content)
    assert (error.value.code, error.value.field) == (code, "file")
    assert not listing.newest.attachments
    assert not stored(tmp_path)


def test_there_are_only_so_many(stage: Stage, tmp_path: Path) -> None:
    listing = stage.draft()
    for _number in range(attachments.MAX_FILES):
        add(stage, listing, tmp_path)
    with pytest.raises(DomainError) as error:
        add(stage, listing, tmp_path)
    assert error.value.code is ErrorCode.TOO_MANY_FILES
    assert [shown.position for shown in listing.newest.attachments] == list(range(10))


def test_captions_have_a_limit(stage: Stage, tmp_path: Path) -> None:
    with pytest.raises(DomainError) as error:
        add(stage, stage.draft(), tmp_path, caption="x" * 301)
    assert (error.value.code, error.value.field) == (ErrorCode.TEXT_TOO_LONG, "caption")


def test_a_full_disk_leaves_nothing(
    stage: Stage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_space(_descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    listing = stage.draft()
    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(DomainError) as error:
        add(stage, listing, tmp_path)
    assert error.value.code is ErrorCode.STORAGE_FULL
    assert not stored(tmp_path)
    assert not listing.newest.attachments


def test_other_failures_of_the_disk_are_not_hidden(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(OSError, match="file"):
        attachments.write_whole(blocked / "ab" / "token", b"x")


def test_change_and_remove(stage: Stage, tmp_path: Path) -> None:
    listing = stage.draft()
    shown = add(stage, listing, tmp_path)
    token = shown.attachment.token
    version = listing.newest.lock_version
    attachments.change_attachment(
        stage.session, stage.owner, listing, token,
        caption="New", confidential=True, version=version, now=NOW,
    )  # fmt: skip
    stage.session.flush()
    assert (shown.caption, shown.confidential) == ("New", True)
    with pytest.raises(DomainError) as error:
        attachments.change_attachment(
            stage.session, stage.owner, listing, token,
            caption="Mine", confidential=True, version=version, now=NOW,
        )  # fmt: skip
    assert error.value.code is ErrorCode.STALE
    with pytest.raises(DomainError) as error:
        attachments.remove_attachment(stage.session, stage.owner, listing, "x" * 43, now=NOW)
    assert error.value.code is ErrorCode.NOT_FOUND
    with pytest.raises(DomainError) as error:
        attachments.remove_attachment(stage.session, stage.stranger, listing, token, now=NOW)
    assert error.value.code is ErrorCode.NOT_ALLOWED
    attachments.remove_attachment(stage.session, stage.owner, listing, token, now=NOW)
    stage.session.flush()
    assert not listing.newest.attachments
    assert attachments.file_path(tmp_path, token).exists(), "a published text may still show it"


def test_nothing_is_added_to_what_is_submitted(stage: Stage, tmp_path: Path) -> None:
    listing = make_listing(stage.session, stage.maker, state=ListingState.SUBMITTED)
    with pytest.raises(DomainError) as error:
        add(stage, listing, tmp_path)
    assert error.value.code is ErrorCode.LISTING_NOT_EDITABLE
    assert not stored(tmp_path)


def test_unused_files_go_after_a_day(stage: Stage, tmp_path: Path) -> None:
    listing = stage.draft()
    kept, removed = add(stage, listing, tmp_path), add(stage, listing, tmp_path)
    attachments.remove_attachment(
        stage.session, stage.owner, listing, removed.attachment.token, now=NOW
    )
    stage.session.flush()
    stray = attachments.file_path(tmp_path, "s" * 43)
    attachments.write_whole(stray, b"x")
    fresh = attachments.file_path(tmp_path, "f" * 43)
    attachments.write_whole(fresh, b"x")
    part = tmp_path / "ss" / ".part-1"
    part.write_bytes(b"x")
    old = (NOW - timedelta(days=2)).timestamp()
    for path in stored(tmp_path):
        os.utime(path, (old, old))
    os.utime(fresh, (NOW.timestamp(), NOW.timestamp()))
    assert attachments.remove_unused(stage.session, tmp_path, now=NOW + timedelta(hours=1)) == 2
    assert attachments.remove_unused(stage.session, tmp_path, now=NOW + timedelta(days=2)) == 2
    assert [path.name for path in stored(tmp_path)] == [kept.attachment.token]
    assert list(stage.session.scalars(select(Attachment.token))) == [kept.attachment.token]


@pytest.mark.parametrize("token", ["", "../../etc/passwd", "a" * 42, "a" * 44, "é" * 43])
def test_only_tokens_name_files(tmp_path: Path, token: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(token)}$"):
        attachments.file_path(tmp_path, token)
