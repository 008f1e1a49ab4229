"""The worker clears the upload folder of what nothing shows."""

from __future__ import annotations

import os
from datetime import timedelta

from matchmaker.config import Settings
from matchmaker.domain.clock import utc_now
from matchmaker.worker import handlers
from tests.own_app import own_app


def test_old_files_without_a_listing_go_and_fresh_ones_stay(own_settings: Settings) -> None:
    folder = own_settings.upload_folder / "aa"
    folder.mkdir(parents=True)
    orphan, fresh = folder / "orphan", folder / "fresh"
    for path in (orphan, fresh):
        path.write_bytes(b"%PDF-")
    old = (utc_now() - timedelta(days=3)).timestamp()
    os.utime(orphan, (old, old))
    with own_app(own_settings):
        assert handlers.remove_unused_files() == 1
        assert handlers.remove_unused_files() == 0
    assert [path.name for path in folder.iterdir()] == ["fresh"]
