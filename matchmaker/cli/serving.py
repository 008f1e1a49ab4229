"""`matchmaker web` and `matchmaker serve`: the site's processes."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Final

import click

from matchmaker.cli.console import complain, fail, say
from matchmaker.config import PROJECT_FOLDER, Settings

_STOP_WITHIN: Final = 25.0
_SOON: Final = 10.0
"""A child that dies within so many seconds did not really start."""
_TRIES: Final = 5
_SET_PARENT_DEATH_SIGNAL: Final = 1


def web_command_line(settings: Settings, workers: int, threads: int) -> list[str]:
    """Return how the web server is started."""
    return [
        sys.executable,
        "-m",
        "gunicorn",
        f"--bind={settings.host}:{settings.port}",
        f"--workers={workers}",
        f"--threads={threads}",
        "--worker-class=gthread",
        "--timeout=60",
        "--graceful-timeout=20",
        "--log-level=warning",
        f"--chdir={PROJECT_FOLDER}",
        "wsgi:app",
    ]


def worker_command_line() -> list[str]:
    """Return how the worker is started."""
    return [sys.executable, "-m", "matchmaker.cli", "worker"]


def child_environment() -> dict[str, str]:
    """Return the environment of the children: OpenMP threads sleep while they wait, instead of
    taking the processor from each other."""
    return {"OMP_WAIT_POLICY": "passive", **os.environ}


@click.command("web")
@click.option("--workers", default=2, show_default=True, help="Processes.")
@click.option("--threads", default=4, show_default=True, help="Threads of each process.")
def web_command(workers: int, threads: int) -> None:
    """Serve the pages, until stopped. The worker runs apart: `matchmaker worker`."""
    command = web_command_line(Settings.from_environment(), workers, threads)
    os.execvpe(command[0], command, child_environment())  # noqa: S606 - our own command line


@click.command("serve")
@click.option("--workers", default=2, show_default=True, help="Processes that serve pages.")
@click.option("--threads", default=4, show_default=True, help="Threads of each process.")
def serve_command(workers: int, threads: int) -> None:
    """Serve the pages and do the jobs, in one service, until stopped."""
    settings = Settings.from_environment()
    say(f"Serving {settings.public_url} on {settings.host}:{settings.port}")
    serve(settings, workers=workers, threads=threads)


def serve(
    settings: Settings,
    *,
    workers: int = 2,
    threads: int = 4,
    ready: Callable[[], None] | None = None,
) -> None:
    """Run web and worker until a signal comes; `ready` is called once both were started."""
    keeper = Keeper(
        {
            "web": web_command_line(settings, workers, threads),
            "worker": worker_command_line(),
        }
    )
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, keeper.ask_to_stop)
    keeper.start()
    if ready is not None:
        ready()
    keeper.keep()


class Keeper:
    """Runs the children, starts one again that died, and stops all on a signal."""

    def __init__(self, commands: Mapping[str, list[str]]) -> None:
        self._commands = commands
        self._children: dict[str, subprocess.Popen[bytes]] = {}
        self._started: dict[str, float] = {}
        self._failures = dict.fromkeys(commands, 0)
        self._stopping = False

    def ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        """Handle a signal."""
        self._stopping = True

    def start(self) -> None:
        """Start all children."""
        for name in self._commands:
            self._start(name)

    def keep(self) -> None:
        """Watch the children until a signal comes.

        Raises ClickException when one does not start several times in a row.
        """
        try:
            while not self._stopping:
                time.sleep(0.2)
                for name, child in list(self._children.items()):
                    if child.poll() is not None and not self._stopping:
                        self._again(name, child.returncode)
        finally:
            self._stop_all()

    def _start(self, name: str) -> None:
        self._started[name] = time.monotonic()
        self._children[name] = subprocess.Popen(  # noqa: S603 - our own command line
            self._commands[name],
            env=child_environment(),
            cwd=PROJECT_FOLDER,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - no threads here
        )

    def _again(self, name: str, code: int) -> None:
        lived = time.monotonic() - self._started[name]
        self._failures[name] = self._failures[name] + 1 if lived < _SOON else 0
        if self._failures[name] >= _TRIES:
            raise fail(f"{name} does not start (exit code {code}); its messages stand above.")
        complain(f"{name} ended (exit code {code}); starting it again")
        time.sleep(min(2 ** self._failures[name] - 1, 10))
        self._start(name)

    def _stop_all(self) -> None:
        for child in self._children.values():
            if child.poll() is None:
                child.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + _STOP_WITHIN
        for child in self._children.values():
            try:
                child.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _die_with_parent() -> None:
    """Ask Linux to stop this child when its keeper is killed, so that it never holds the port."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM, 0, 0, 0)
