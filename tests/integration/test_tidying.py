"""The worker clears the upload folder of what nothing shows."""

from __future__ import annotations

import os
from datetime import timedelta

from matchmaker.app import create_app
from matchmaker.config import Settings
from matchmaker.domain.clock import utc_now
from matchmaker.extensions import db
from matchmaker.worker import handlers


def test_old_files_without_a_listing_go_and_fresh_ones_stay(own_settings: Settings) -> None:
    app = create_app(own_settings)
    folder = own_settings.upload_folder / "aa"
    folder.mkdir(parents=True)
    orphan, fresh = folder / "orphan", folder / "fresh"
    for path in (orphan, fresh):
        path.write_bytes(b"%PDF-")
    old = (utc_now() - timedelta(days=3)).timestamp()
    os.utime(orphan, (old, old))
    with app.app_context():
        assert handlers.remove_unused_files() == 1
        assert handlers.remove_unused_files() == 0
        db.engine.dispose()
    assert [path.name for path in folder.iterdir()] == ["fresh"]
