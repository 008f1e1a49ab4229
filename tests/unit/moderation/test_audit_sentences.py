"""Every action of the audit trail has a sentence that survives any data."""

import re
from pathlib import Path

import pytest
from flask import Flask
from flask_babel import Babel

from matchmaker.i18n.audit import SENTENCES, history, sentence
from matchmaker.models import AuditEntry
from matchmaker.services.audit import AuditAction
from tests.factories.clock import NOW

DATA = {
    "from": "submitted",
    "to": "published",
    "language": "th",
    "control_class": "dual_use",
    "clearance": "licensed",
    "closing": "ended",
    "side": "offer",
    "verdict": "approve",
    "answer": "yes",
    "kind": "changes",
    "version": 3,
    "contract_type": "licence",
    "days": 30,
    "follow_up_answer": "negotiating",
    "service": "S-7K3F-9QXM",
    "stage": "pilot_platform",
    "country": "CN",
    "concept": "bagasse",
    "labels": 4,
}


@pytest.fixture(autouse=True)
def _english(tmp_path: Path) -> object:
    app = Flask(__name__)
    app.config["COUNTRY_NAMES_FILE"] = tmp_path / "none.csv"
    Babel(app)
    with app.test_request_context():
        yield


def _entry(action: str, **data: object) -> AuditEntry:
    return AuditEntry(
        at=NOW, actor_id=7, action=action, subject_type="listing", subject_id=1, data=data
    )


@pytest.mark.parametrize("action", list(AuditAction))
def test_each_action_has_a_sentence(action: AuditAction) -> None:
    assert action in SENTENCES
    for text in (sentence(_entry(action.value, **DATA)), sentence(_entry(action.value))):
        assert text
        assert "%(" not in text
    for name in re.findall(r"%\((\w+)\)s", str(SENTENCES[action])):
        assert name in DATA


def test_codes_become_words() -> None:
    entry = _entry("listing_state_changed", **{"from": "submitted", "to": "published"})
    assert sentence(entry) == "The listing went from “Waiting for review” to “Published”."
    assert "Thai" in sentence(_entry("translation_written", language="th"))


def test_what_is_not_known_is_no_error() -> None:
    assert sentence(_entry("something_old", x=1)) == "something_old"
    odd = _entry("listing_export_checked", control_class="gone", count=3)
    assert "gone" in sentence(odd)


def test_people_are_named_only_where_the_reader_may_know_them() -> None:
    entries = [_entry("listing_created")]
    assert history(entries)[0].who == ""
    assert history(entries, {7: "Mai"})[0].who == "Mai"
