"""`matchmaker index` and `matchmaker match`: the engine by hand."""

from __future__ import annotations

import click
from flask.cli import with_appcontext
from sqlalchemy import select

from matchmaker.cli.console import (
    encoder,
    fail,
    places,
    progress,
    say,
    settings,
    transactions,
)
from matchmaker.cli.seeds import SEEDS
from matchmaker.cli.truth import Standing, standing
from matchmaker.domain.clock import local_date, utc_now
from matchmaker.matching.semantic import identity
from matchmaker.models import Listing
from matchmaker.services import indexing, matching_runs, seeding

_UNLIMITED = 1e9


@click.group("index")
def index_group() -> None:
    """Make and look at the indexes."""


@index_group.command("build")
@with_appcontext
def build() -> None:
    """Write both indexes anew from what is published. Encoded texts are kept and used again."""
    build_indexes()


def build_indexes() -> None:
    """Encode what is missing and write both indexes, with progress bars."""
    with progress("Texts encoded") as encoding:
        count = indexing.rebuild(transactions(), places(), encoder(), encoding=encoding)
    say(f"{count} listings are in the indexes.")


@index_group.command("update")
@with_appcontext
def update() -> None:
    """Take up what changed, as the worker does."""
    update_indexes()


def update_indexes() -> None:
    """Take up what changed, with a progress bar."""
    with progress("Listings") as advance:
        count = indexing.update_indexes(
            transactions(), places(), encoder(), seconds=_UNLIMITED, progress=advance, wait=True
        )
    say(f"{count} listings were taken up.")


@index_group.command("info")
@with_appcontext
def info() -> None:
    """Say what the indexes hold and what waits. Exit code 1 when there is none."""
    member, public = places().member.get(), places().public.get()
    if member is None or public is None:
        raise fail("There is no index yet: run `matchmaker index build`.")
    with transactions().read() as session:
        work = indexing.work_due(session, places(), encoder())
    say(f"Version: {member.version}")
    say(f"Listings: {len(member.groups())} in {len(member)} texts; public {len(public.groups())}")
    say(f"Encoder of the latent terms: {member.encoder or 'none'}")
    say(f"Texts without latent terms: {len(member.waiting())}")
    if encoder() is None:
        say("No encoder is at hand: new texts and questions are read by words and concepts alone.")
    if work.changes:
        done, total = indexing.change_progress(transactions(), encoder())
        say(f"Another encoder is at hand: {identity(encoder())}. It has read {done} of {total}"
            " texts and takes over when it has read all.")  # fmt: skip
    say(f"To be taken up: {len(work.new)} new, {len(work.waiting)} to be encoded, "
        f"{len(work.ended)} ended")  # fmt: skip


@click.group("match")
def match_group() -> None:
    """Suggest matches, and see how well they are found."""


@match_group.command("run")
@click.option("--all", "everything", is_flag=True, help="Also listings that were matched before.")
@with_appcontext
def run(*, everything: bool) -> None:
    """Make suggestions for the listings that are due."""
    run_matching(everything=everything)


def run_matching(*, everything: bool = False) -> None:
    """Make suggestions, with a progress bar."""
    if places().member.get() is None:
        raise fail("There is no index yet: run `matchmaker index build`.")
    if everything:
        with transactions().write() as session:
            matching_runs.forget_matched(session)
    now = utc_now()
    with progress("Listings matched") as advance:
        count = matching_runs.match_changed(
            transactions(),
            places(),
            encoder(),
            now=now,
            today=local_date(now, settings().time_zone),
            seconds=_UNLIMITED,
            progress=advance,
        )
    say(f"{count} listings were matched.")


@match_group.command("truth")
@with_appcontext
def truth() -> None:
    """Say how many true pairs of the demonstration the engine finds, beside two simple rules."""
    index = places().member.get()
    if index is None:
        raise fail("There is no index yet: run `matchmaker index build`.")
    try:
        pairs = seeding.read_pairs(SEEDS / "truth.tsv")
    except seeding.SeedError as error:
        raise fail(str(error)) from error
    with transactions().read() as session:
        rows = session.execute(
            select(Listing.own_number, Listing.reference).where(Listing.own_number.is_not(None))
        )
        references = {str(row[0]): row[1] for row in rows}
    known = [
        (references[need], references[offer])
        for need, offer in pairs
        if references.get(need) in index and references.get(offer) in index
    ]
    if not known:
        raise fail("None of the true pairs is in the index: run `matchmaker demo` first.")
    say(f"{len(known)} of {len(pairs)} true pairs are in the index.")
    for found in standing(index, known):
        say(_line(found))


def _line(found: Standing) -> str:
    return (
        f"{found.rule:<12} at the top {found.first:5.1f}   in the top 10 {found.first_ten:5.1f}"
        f"   mean reciprocal rank {found.reciprocal_rank:.3f}"
    )
