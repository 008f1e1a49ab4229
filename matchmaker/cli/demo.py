"""`matchmaker demo`: everything out of one command, with invented people, on this machine."""

from __future__ import annotations

import os

import click
from flask.cli import ScriptInfo

from matchmaker.cli.console import fail, places, say
from matchmaker.cli.engine import build_indexes, run_matching, update_indexes
from matchmaker.cli.seeds import DEMO_PASSWORD, load_demo
from matchmaker.cli.serving import serve
from matchmaker.config import PROJECT_FOLDER, Settings
from matchmaker.extensions import alembic
from matchmaker.services import seeding


@click.group("demo", invoke_without_command=True)
@click.option("--prepare-only", is_flag=True, help="Load, index and match, but do not serve.")
@click.pass_context
def demo_group(context: click.Context, *, prepare_only: bool) -> None:
    """Start the site with invented people and listings, and say how to sign in."""
    prepare_environment()
    if context.invoked_subcommand is None:
        run_demo(context.ensure_object(ScriptInfo), prepare_only=prepare_only)


@demo_group.command("code")
@click.argument("name", type=click.Choice([login.name for login in seeding.LOGINS]))
def code(name: str) -> None:
    """Say how to sign in as NAME."""
    login = next(each for each in seeding.LOGINS if each.name == name)
    say(f"{login.who}: {login.email}, password {DEMO_PASSWORD}")


def prepare_environment() -> None:
    """Set what the demonstration needs, where nobody has chosen otherwise."""
    if os.environ.get("MATCHMAKER_ENV", "demo") != "demo":
        raise fail("MATCHMAKER_ENV is set to something else than demo: unset it.")
    os.environ["MATCHMAKER_ENV"] = "demo"
    os.environ.setdefault("MATCHMAKER_VAR", str(PROJECT_FOLDER / "var" / "demo"))
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    if "PUBLIC_URL" not in os.environ:
        host = os.environ.get("MATCHMAKER_HOST", "127.0.0.1")
        os.environ["PUBLIC_URL"] = f"http://{host}:{os.environ.get('MATCHMAKER_PORT', '8000')}"


def run_demo(script: ScriptInfo, *, prepare_only: bool) -> None:
    """Make the tables, load, index, match, and serve. A second time only what is missing."""
    with script.load_app().app_context():
        alembic.upgrade()
        load_demo()
        if places().member.get() is None:
            build_indexes()
        else:
            update_indexes()
        run_matching()
    if not prepare_only:
        settings = Settings.from_environment()
        serve(settings, ready=lambda: _welcome(settings))


def _welcome(settings: Settings) -> None:
    say("")
    say(f"The demonstration is at {settings.public_url}/")
    say(f"Mails that would be sent: {settings.public_url}/en/demo/mails")
    say(f"The password of all accounts: {DEMO_PASSWORD}")
    for login in seeding.LOGINS:
        say(f"  {login.email:<34} {login.who}")
    say("Stop it with Ctrl+C.")
