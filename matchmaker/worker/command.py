"""`matchmaker worker`: the process that does the jobs."""

from __future__ import annotations

import logging
import os

import click
from flask import current_app
from flask.cli import with_appcontext
from huey.consumer import Consumer

from matchmaker.worker.jobs import Jobs, Pulse

_STOP_WITHIN = 20
"""Seconds that running jobs are given when the worker is asked to stop."""


@click.command("worker")
@click.option("--threads", default=2, show_default=True, help="Jobs that may run at a time.")
@with_appcontext
def worker_command(threads: int) -> None:
    """Send mails, index, match and keep deadlines, until stopped."""
    # Two OpenMP processes that spin while they wait slow each other down many times.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    logging.getLogger("huey").setLevel(logging.WARNING)
    jobs: Jobs = current_app.extensions["matchmaker.jobs"]
    jobs.queue.flush()
    for first in (jobs.deadlines, jobs.sweep, jobs.mails, jobs.index):
        first()
    consumer = Consumer(
        jobs.queue,
        workers=threads,
        max_delay=1.0,
        graceful_signal="TERM",
        shutdown_timeout=_STOP_WITHIN,
    )
    pulse = Pulse(jobs)
    pulse.start()
    try:
        consumer.run()
    finally:
        pulse.stop()
