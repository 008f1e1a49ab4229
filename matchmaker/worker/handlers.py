"""What the worker does. Thin: each finds what is due through a service, and commits.

All need an app context; all may run twice, or at the same time in two processes.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Final

from flask import current_app
from sqlalchemy.orm import Session

from matchmaker.config import Settings
from matchmaker.database import Transactions
from matchmaker.domain.clock import local_date, utc_now
from matchmaker.extensions import db
from matchmaker.matching.semantic import Encoder, default_encoder
from matchmaker.services import (
    attachments,
    deadlines,
    follow_ups,
    imports,
    indexing,
    learning,
    matching_runs,
    message_translations,
    notifications,
    outbox,
    reason_runs,
    saved_searches,
    small_indexes,
    term_mining,
)
from matchmaker.services.file_locks import file_lock
from matchmaker.services.index_files import Places
from matchmaker.worker import mailer
from matchmaker.worker.translator import TranslationError, translator_of

log = logging.getLogger(__name__)
_SECONDS: Final = 10.0
"""How long one run works before it lets the queue breathe."""
_MESSAGES: Final = 20
"""Messages that are translated in one run."""
_SEARCHES: Final = 200
"""Saved searches that are looked at in one run, some milliseconds each."""
_TERM_SECONDS: Final = 20.0
"""Nobody waits for term pairs: listings that are due go first."""
_DEADLINES: Final[tuple[Callable[..., int], ...]] = (
    deadlines.expire_listings,
    deadlines.send_renewal_notices,
    deadlines.end_unanswered,
    deadlines.remind_parties,
    follow_ups.ask_due,
    follow_ups.let_staff_call,
    notifications.send_digests,
    notifications.forget_old,
    imports.forget_uploads,
)


def settings() -> Settings:
    """Return the settings of the current app."""
    found: Settings = current_app.config["SETTINGS"]
    return found


def transactions() -> Transactions:
    """Return short transactions on the site's database."""
    return Transactions(db.engine)


def places() -> Places:
    """Return where the indexes lie."""
    return Places(settings().index_folder)


def encoder() -> Encoder | None:
    """Return the encoder of this process, or None where there is none or none is wanted."""
    return default_encoder() if settings().use_encoder else None


def index_and_match() -> int:
    """Bring the indexes up to date and suggest matches; return how many listings were touched."""
    changed = indexing.update_indexes(transactions(), places(), encoder(), seconds=_SECONDS)
    now = utc_now()
    matched = matching_runs.match_changed(
        transactions(),
        places(),
        encoder(),
        now=now,
        today=local_date(now, settings().time_zone),
        seconds=_SECONDS,
    )
    completed = matching_runs.complete_pairs(transactions(), places(), encoder())
    explained = 0
    if not changed + matched:  # what is new comes first
        explained = reason_runs.compare_phrases(
            transactions(), places(), encoder(), seconds=_SECONDS
        )
    return changed + matched + completed + explained


def index_small() -> int:
    """Bring the indexes of the directory and of the catalogues up to date; return how many."""
    return small_indexes.update_small_indexes(
        transactions(), settings().index_folder, encoder(), seconds=_SECONDS
    )


def send_mails() -> int:
    """Send the mails that are due; return how many went out."""
    with file_lock(settings().instance_folder / "mailer.lock", wait=False) as mine:
        return mailer.send_due(transactions(), settings()) if mine else 0


def translate_messages() -> int:
    """Have the wanted versions of messages made; return how many were made.

    Stops when the service does not answer: what was tried waits, the rest stays due.
    """
    machine = translator_of(settings())
    if machine is None:
        return 0
    made = 0
    for _ in range(_MESSAGES):
        with transactions().write() as session:
            wanted = message_translations.claim_next(session, now=utc_now())
        if wanted is None:
            break
        try:
            text = machine.translate(wanted.text, wanted.source, wanted.target)
        except TranslationError as error:
            log.warning("a message was not translated to %s: %s", wanted.target, error)
            with transactions().write() as session:
                message_translations.mark_failed(
                    session, wanted, permanent=error.permanent, now=utc_now()
                )
            if not error.permanent:
                break
            continue
        with transactions().write() as session:
            message_translations.keep(session, wanted, text, made_by=machine.name, now=utc_now())
        made += 1
    return made


def keep_deadlines() -> int:
    """Do what time brings; return how many rows it concerned."""
    total = 0
    for step in _DEADLINES:
        while count := _once(step, utc_now()):
            total += count
    return total


def _once(step: Callable[..., int], now: datetime) -> int:
    with transactions().write() as session:
        return step(session, now=now)


def tell_searches() -> int:
    """Tell people what is new for the searches that they keep; return how many were looked at."""
    return saved_searches.tell_new(
        transactions(),
        settings().index_folder,
        use_encoder=settings().use_encoder,
        now=utc_now(),
        at_most=_SEARCHES,
    )


def sweep_indexes() -> int:
    """Compare the indexes with the database; return how many listings are now due again."""
    differing = indexing.find_drift(transactions(), places())
    if differing:
        log.warning("%s listings differed between index and database", differing)
    return differing


def learn() -> int:
    """Train the blend on staff's decisions when that is due; return how many were trained."""
    return learning.train_due(transactions(), now=utc_now(), switch=settings().switch_learnt)


def propose_terms() -> int:
    """Read translations and approved matches for term pairs; return how many were read."""
    return term_mining.read_sources(transactions(), encoder(), now=utc_now(), seconds=_TERM_SECONDS)


def remove_unused_files() -> int:
    """Delete uploaded files that no revision shows any more; return how many."""
    with transactions().write() as session:
        return attachments.remove_unused(session, settings().upload_folder, now=utc_now())


def index_due(session: Session) -> bool:
    """Tell whether a listing waits to be indexed or matched."""
    index = places().member.get()
    work = indexing.work_due(session, places(), encoder())
    if work or index is None:
        return bool(work)
    return (
        indexing.glossary_due(session, places())
        or indexing.blend_due(session, places())
        or bool(matching_runs.listings_due(session, index, encoder()))
        or bool(matching_runs.pairs_due(session, index, encoder()))
        or bool(reason_runs.matches_due(session, index, encoder()))
    )


def small_index_due(session: Session) -> bool:
    """Tell whether a service or a catalogue waits to be indexed."""
    return small_indexes.small_indexes_due(session, settings().index_folder, encoder())


def translations_due(session: Session) -> bool:
    """Tell whether a message waits to be translated, where there is a machine for it."""
    return settings().translates and message_translations.is_due(session, now=utc_now())


def mails_due(session: Session) -> bool:
    """Tell whether a mail waits to be sent."""
    return outbox.mails_due(session, now=utc_now()) > 0
