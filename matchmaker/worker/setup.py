"""Binds the worker's jobs and its command to the site."""

from __future__ import annotations

from flask import Flask, Response, request

from matchmaker.worker.command import worker_command
from matchmaker.worker.jobs import Jobs
from matchmaker.worker.queue import make_queue

_READING = frozenset({"GET", "HEAD", "OPTIONS"})


def init_app(app: Flask) -> None:
    """Give the site its queue; a request that wrote something asks the worker to look soon.

    Raises SettingsError when the queue's address is wrong.
    """
    jobs = Jobs(app, make_queue(app.config["SETTINGS"]))
    app.extensions["matchmaker.jobs"] = jobs
    app.cli.add_command(worker_command)

    @app.after_request
    def nudge(response: Response) -> Response:
        # The view has committed by now.
        if request.method not in _READING and response.status_code < 400:
            jobs.nudge()
        return response
