"""`matchmaker learn`: train the blend on staff's decisions, and see what it would change."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from matchmaker.cli.console import fail, say, transactions
from matchmaker.domain.clock import utc_now
from matchmaker.matching.examples import (
    LEAST_LISTINGS,
    LEAST_OF_EACH,
    Count,
    count,
    weights_of,
)
from matchmaker.matching.feedback import Measures, Trained
from matchmaker.models import TrainedBlend
from matchmaker.services import learning
from matchmaker.services.lessons import last_settled, read_lessons


@click.command("learn")
@click.option("--dry-run", is_flag=True, help="Print the comparison and keep nothing.")
@click.option(
    "--from-audit",
    "version",
    type=click.IntRange(min=1),
    metavar="VERSION",
    help="Repeat the training of a stored version from the audit trail. "
    "Exit code 1 when something else comes out.",
)
@with_appcontext
def learn_command(*, dry_run: bool, version: int | None) -> None:
    """Train the ranking on approvals and rejections, and compare it with the untrained one.

    What comes out is kept as a new version, switched off.
    """
    if version is not None:
        _repeat(version)
        return
    now = utc_now()
    with transactions().read() as session:
        until = last_settled(session, now)
        examples = [lesson.example for lesson in read_lessons(session, until)]
        found = count(examples)
        _print_count(found)
        trained = learning.train(session, until)
    if trained is None:
        say("There is not enough to learn from.")
        return
    _print_comparison(trained)
    if dry_run:
        return
    with transactions().write() as session:
        row = learning.store(session, trained, until, now=now)
        say(f"Kept as version {row.version}, switched off.")


def _repeat(version: int) -> None:
    with transactions().read() as session:
        row = session.scalar(select(TrainedBlend).where(TrainedBlend.version == version))
        if row is None:
            raise fail(f"There is no version {version}.")
        again = learning.train_again(session, row)
        same = learning.agrees(row, again)
    if again is not None:
        _print_comparison(again)
    if not same:
        raise fail(f"Version {version} does not come out of the audit trail again.")
    say(f"Version {version} comes out of the audit trail again: the same examples and weights.")


def _print_count(found: Count) -> None:
    say(f"Approvals: {found.approvals}, rejections that teach: {found.rejections} "
        f"(at least {LEAST_OF_EACH} of each)")  # fmt: skip
    say(f"Offers: {found.offers}, needs: {found.needs} (at least {LEAST_LISTINGS} of each)")


def _print_comparison(trained: Trained) -> None:
    comparison = trained.comparison
    say(f"Examples: {trained.approvals} approvals, {trained.rejections} rejections; "
        f"digest {trained.digest[:12]}")  # fmt: skip
    say("On decisions that were not learnt from:")
    say(f"{'':<12}{'ordered rightly':>18}{'average precision':>20}{'log loss':>10}")
    say(_line("untrained", comparison.untrained))
    say(_line("trained", comparison.trained))
    say(f"Gain {comparison.gain:+.4f}, by luck with a chance of {comparison.chance:.4f}: "
        f"{'better' if comparison.better else 'not better'}")  # fmt: skip
    say(f"{'weight':<18}{'untrained':>10}{'trained':>10}")
    after = weights_of(trained.blend)
    for name, before in weights_of(trained.base).items():
        say(f"{name:<18}{before:>10.2f}{after[name]:>10.2f}")


def _line(name: str, of: Measures) -> str:
    ordered = f"{of.ordered:.3f} ±{of.spread:.3f}"
    return f"{name:<12}{ordered:>18}{of.average_precision:>20.3f}{of.log_loss:>10.3f}"
