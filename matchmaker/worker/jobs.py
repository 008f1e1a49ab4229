"""The jobs on their queue, the schedule, and the pulse that notices what is due.

A job carries no data: it only says that it is time to look. One that is lost is therefore nothing;
the pulse looks every other second, and what the web does after a commit only makes it sooner.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from typing import Any, Final

from flask import Flask
from huey import Huey, crontab
from sqlalchemy.exc import SQLAlchemyError

from matchmaker.worker import handlers

log = logging.getLogger(__name__)
RETRIES: Final = 6
FIRST_DELAY: Final = 5
"""Seconds before a failed job is tried again; each time twice as long."""
_PULSE_SECONDS: Final = 1.5
_MOST_WAITING: Final = 20


class Jobs:
    """The queue of an app with its jobs."""

    def __init__(self, app: Flask, queue: Huey) -> None:
        self.app = app
        self.queue = queue
        self.index = self._job("index", handlers.index_and_match)
        self.small = self._job("small", handlers.index_small)
        self.mails = self._job("mails", handlers.send_mails)
        self.translations = self._job("translations", handlers.translate_messages)
        self.deadlines = self._job("deadlines", handlers.keep_deadlines, crontab(minute="*/5"))
        self.searches = self._job("searches", handlers.tell_searches, crontab(minute="*/5"))
        self.sweep = self._job("sweep", handlers.sweep_indexes, crontab(minute="17"))
        self.learn = self._job("learn", handlers.learn, crontab(hour="3", minute="7"))
        self.terms = self._job("terms", handlers.propose_terms, crontab(minute="*/2"))
        self.tidy = self._job("tidy", handlers.remove_unused_files, crontab(minute="37"))

    def _job(self, name: str, work: Callable[[], int], when: Any = None) -> Any:
        """Register a job; with `when` the scheduler puts it on the queue, too."""

        def run() -> None:
            with self.app.app_context():
                done = work()
            if done:
                log.info("job %s: %s", name, done)

        options = {"retries": RETRIES, "retry_delay": FIRST_DELAY, "retry_backoff": 2}
        if when is not None:
            self.queue.periodic_task(when, name=f"{name}_by_the_clock", **options)(run)
        return self.queue.task(name=name, **options)(run)

    def nudge(self) -> None:
        """Ask the worker to look soon. A queue that cannot be reached is no harm."""
        try:
            if self.queue.pending_count() < _MOST_WAITING:
                self.mails()
                self.index()
        except Exception:  # noqa: BLE001 - whatever the queue's driver raises, the pulse looks too
            log.warning("the queue cannot be reached; the worker will notice by itself")

    def look(self) -> None:
        """Put a job on the queue for what is due, unless one waits or is to be tried again."""
        if self.queue.pending_count() or self.queue.scheduled_count():
            return
        with self.app.app_context(), handlers.transactions().read() as session:
            mails, index = handlers.mails_due(session), handlers.index_due(session)
            translations = handlers.translations_due(session)
            small = handlers.small_index_due(session)
        if mails:
            self.mails()
        if translations:
            self.translations()
        if small:
            self.small()
        if index:
            self.index()


class Pulse(threading.Thread):
    """Looks for what is due, beside the consumer in the worker's process."""

    def __init__(self, jobs: Jobs) -> None:
        super().__init__(name="pulse", daemon=True)
        self._jobs = jobs
        self._stopped = threading.Event()

    def run(self) -> None:
        """Look until stopped; a locked database or a lost server only delays."""
        while not self._stopped.wait(_PULSE_SECONDS):
            try:
                self._jobs.look()
            except (SQLAlchemyError, OSError):
                log.warning("could not look for work", exc_info=True)

    def stop(self) -> None:
        """Look no more."""
        self._stopped.set()
