"""`matchmaker rank`, `evaluate` and `explain`: the engine on files, without site and database."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

from matchmaker.cli.console import EXIT_INCOMPLETE, complain, fail, progress, say, steps
from matchmaker.cli.output import opened, plain_file
from matchmaker.config import PROJECT_FOLDER
from matchmaker.domain.errors import DomainError
from matchmaker.i18n.errors import describe, sentence
from matchmaker.matching import evaluation, files, glossary_files
from matchmaker.matching.documents import BLOCKS, Block, Document, Kind, Reason
from matchmaker.matching.evaluation import Evaluation, Measures
from matchmaker.matching.row_cache import RowCacheError, default_folder
from matchmaker.matching.semantic import default_encoder

if TYPE_CHECKING:
    from matchmaker.matching.matcher import Matcher

_Each = TypeVar("_Each")

_SHOWN: Final = 20
"""Bad lines of a file that are printed; the rest is counted."""
_FILE: Final = click.Path(exists=True, dir_okay=False, path_type=Path)


class _Top(click.ParamType):  # type: ignore[type-arg]  # generic in new versions only
    """A count, or all."""

    name = "N|all"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | None:
        if value is None or value == "all":
            return None
        try:
            count = int(value)
        except ValueError:
            count = 0
        if count < 1:
            self.fail(f"{value!r} is neither a number from 1 nor all", param, ctx)
        return count


def _common(command: Any) -> Any:
    """The options of the commands that rank."""
    for option in (
        click.option(
            "--without",
            type=click.Choice(BLOCKS),
            multiple=True,
            help="Leave out these terms.",
        ),
        click.option(
            "--glossary",
            type=click.Path(exists=True, path_type=Path),
            help="A glossary as CSV (a folder or a file), SKOS or TBX, in place of ours.",
        ),
        click.option(
            "--cache",
            type=click.Path(file_okay=False, path_type=Path),
            help="Where encoded texts are kept, in place of the user's cache folder.",
        ),
    ):
        command = option(command)
    return command


@contextmanager
def _stated_errors() -> Iterator[None]:
    """Say in a sentence what a person can put right."""
    try:
        yield
    except RowCacheError as error:
        raise fail(f"The cache cannot be used: {error}. Name another with --cache.") from error
    except BrokenPipeError:
        raise
    except OSError as error:
        raise fail(str(error)) from error


@click.command("rank")
@click.option("--queries", type=_FILE, required=True, help="The needs, as JSON lines.")
@click.option("--documents", type=_FILE, required=True, help="The offers, as JSON lines.")
@click.option("--top", type=_Top(), default="all", show_default=True, help="Documents a query.")
@click.option("--candidates", type=_FILE, help="Rank only what these judgements name.")
@click.option("--within-language", is_flag=True, help="The top of each language of the documents.")
@click.option(
    "--output",
    type=click.Path(dir_okay=False, allow_dash=True, path_type=Path),
    help="A file, a pipe or a device; - or none: the standard output.",
)
@_common
@_stated_errors()
def rank_command(  # noqa: PLR0917 - click calls it by name
    queries: Path,
    documents: Path,
    top: int | None,
    candidates: Path | None,
    output: Path | None,
    without: tuple[Block, ...],
    glossary: Path | None,
    cache: Path | None,
    *,
    within_language: bool,
) -> None:
    """Rank documents for queries and write a TREC run.

    Lines that cannot be read are reported and left out; the exit code is then 4.
    """
    file = plain_file(output)
    if file is not None and not os.access(file.parent, os.W_OK):
        raise fail(f"Nothing can be written into {file.parent}.")
    needs, offers, bad = _read_both(queries, documents)
    allowed = None
    if candidates is not None:
        allowed, wrong = files.read_judgements(candidates)
        bad += _report(wrong)
    matcher, left_out = _matcher(without, glossary, cache)
    bad += left_out
    _fit(matcher, offers)
    with progress("Queries encoded") as advance:
        ranked = matcher.rank_each(
            needs, top=top, candidates=allowed, within_language=within_language, progress=advance
        )
    with opened(output) as run:
        rankings = (
            (need.id, [(hit.document_id, hit.raw) for hit in hits])
            for need, hits in _watched(ranked, len(needs))
        )
        lines = files.write_run(run, rankings, "matchmaker")
    click.echo(
        f"{lines} lines for {len(needs)} queries and {len(offers)} documents"
        f" ({matcher.index_.version}).",
        err=True,
    )
    _end(bad)


@click.command("evaluate")
@click.option("--queries", type=_FILE, required=True, help="The needs, as JSON lines.")
@click.option("--documents", type=_FILE, required=True, help="The offers, as JSON lines.")
@click.option("--qrels", type=_FILE, required=True, help="Judgements: query, document, grade.")
@click.option("--run", "run_file", type=_FILE, required=True, help="A TREC run.")
@click.option("--judged-only", is_flag=True, help="Leave out documents nobody judged.")
@_stated_errors()
def evaluate_command(
    queries: Path, documents: Path, qrels: Path, run_file: Path, *, judged_only: bool
) -> None:
    """Measure a run: nDCG@10, MRR and recall, by pair of languages and language of documents.

    A judged query that the run does not have counts 0.
    """
    needs, offers, bad = _read_both(queries, documents)
    judgements, wrong = files.read_judgements(qrels)
    bad += _report(wrong)
    run, wrong = files.read_run(run_file)
    bad += _report(wrong)
    if not judgements:
        raise fail(f"{qrels.name} has no judgement.")
    if judged_only:
        run = evaluation.judged_only(run, judgements)
    found = evaluation.evaluate(
        judgements,
        run,
        {need.id: need.language for need in needs},
        {offer.id: offer.language for offer in offers},
    )
    for line in _report_lines(found):
        say(line)
    _end(bad)


@click.command("explain")
@click.option("--query", required=True, help="The text of a need.")
@click.option("--document", required=True, help="The text of an offer.")
@click.option("--query-language", help="Its code; else it is identified.")
@click.option("--document-language", help="Its code; else it is identified.")
@click.option("--documents", type=_FILE, help="Offers whose frequencies are used, as JSON lines.")
@_common
@_stated_errors()
def explain_command(  # noqa: PLR0917 - click calls it by name
    query: str,
    document: str,
    query_language: str | None,
    document_language: str | None,
    documents: Path | None,
    without: tuple[Block, ...],
    glossary: Path | None,
    cache: Path | None,
) -> None:
    """Say how well two texts fit, and which phrases of both made it."""
    from matchmaker.matching.matcher import as_documents  # noqa: PLC0415 - loads scikit-learn

    offers, bad = _read(documents, "offer") if documents else ([], 0)
    try:
        (need,) = as_documents([{"id": "query", "lang": query_language, "text": query}], "need")
        (offer,) = as_documents(
            [{"id": "document", "lang": document_language, "text": document}], "offer"
        )
    except files.LineError as error:
        raise click.UsageError(str(error)) from error
    matcher, left_out = _matcher(without, glossary, cache)
    bad += left_out
    _fit(matcher, offers)
    found = matcher.explain(need, offer)
    say(f"score {found.hit.score} ({found.hit.band.value}), {need.language} - {offer.language}")
    for reason in found.reasons:
        say(f"{reason.amount:+7.2f}  {reason.share:6.1%}  {reason.kind:<9} {_sides(reason)}")
    raw = sum(reason.amount for reason in found.reasons)
    say(f"{raw:+7.2f}  in all: the raw score")
    _end(bad)


def _sides(reason: Reason) -> str:
    if reason.left or reason.right:
        return f"{reason.left} ↔ {reason.right}"
    return "(smaller things)" if reason.kind == "rest" else "(less than unrelated texts share)"


def _matcher(
    without: Sequence[Block], glossary: Path | None, cache: Path | None
) -> tuple[Matcher, int]:
    """The engine with its glossary, and how many entries of the glossary were left out."""
    from matchmaker.matching.matcher import Matcher  # noqa: PLC0415 - loads scikit-learn

    path = glossary or PROJECT_FOLDER / "seeds" / "glossary"
    try:
        reading = glossary_files.read(path)
    except DomainError as error:
        raise fail(str(sentence(error))) from error
    for refused in reading.refused[:_SHOWN]:
        complain(f"{refused.place}: {describe(refused.code, refused.data)}")
    if not reading.labels:
        raise fail(f"{path.name} has no label that can be used.")
    if "latent" not in without and default_encoder() is None:
        complain("No encoder is installed: ranking without latent terms.")
    engine = Matcher(
        without=tuple(without),
        glossary=reading.glossary(),
        cache=cache or default_folder(),
        cache_failed=None if cache else _Uncached(),
    )
    return engine, len(reading.refused)


class _Uncached:
    """Says once that the user's cache folder, which nobody asked for, cannot be used."""

    said = False

    def __call__(self, error: RowCacheError) -> None:
        if not self.said:
            click.echo(f"Encoded texts are not kept for the next time: {error}.", err=True)
        self.said = True


def _fit(matcher: Matcher, offers: Sequence[Document]) -> None:
    """Fit with a bar for each step; what is learnt from the documents has none of its own."""
    with steps() as step:
        encoded, analysed = step("Documents encoded"), step("Documents analysed")
        learnt = step("Frequencies and constants learnt")

        def building(done: int, total: int) -> None:
            analysed(done, total)
            if done == total:
                learnt(0, 1)

        matcher.fit(offers, progress=encoded, building=building)
        learnt(1, 1)


def _read_both(queries: Path, documents: Path) -> tuple[list[Document], list[Document], int]:
    """Both files and how many lines were left out; an error when nothing is left of one."""
    read: list[list[Document]] = []
    bad = 0
    kinds: tuple[tuple[Path, Kind], ...] = ((queries, "need"), (documents, "offer"))
    for path, kind in kinds:
        found, wrong = _read(path, kind)
        bad += wrong
        if not found:
            raise fail(f"{path.name} has no line that can be used.")
        read.append(found)
    return read[0], read[1], bad


def _read(path: Path, kind: Kind) -> tuple[list[Document], int]:
    """The documents of a file and how many lines were left out, all that is wrong reported."""
    found = files.read_listings(path, kind)
    bad = _report(found.bad)
    _report(found.doubtful, "Taken as it is")
    return found.documents, bad


def _report(wrong: Sequence[files.BadLine], title: str = "Error") -> int:
    for line in wrong[:_SHOWN]:
        click.echo(f"{title}: {line}", err=True)
    if len(wrong) > _SHOWN:
        more = len(wrong) - _SHOWN
        click.echo(f"{title}: {wrong[0].file}: {more} more lines of this sort.", err=True)
    return len(wrong)


def _end(bad: int) -> None:
    if bad:
        complain(f"{bad} lines were left out.")
        click.get_current_context().exit(EXIT_INCOMPLETE)


def _watched(items: Iterator[_Each], total: int) -> Iterator[_Each]:
    with progress("Queries ranked") as advance:
        for done, item in enumerate(items, start=1):
            yield item
            advance(done, total)


def _report_lines(found: Evaluation) -> Iterator[str]:
    yield f"{'':<14}{'nDCG@10':>9}{'MRR':>9}{'R@10':>9}{'R@100':>9}{'n':>7}"
    yield _line("all", found.whole)
    unanswered = found.whole.n - found.answerable.n
    if unanswered:
        yield _line("answerable", found.answerable)
        yield f"queries with nothing relevant, which count 0 in all: {unanswered}"
    worst = found.worst_pair
    if worst is not None:
        pair, measures = worst
        yield f"mean of {len(found.pairs)} language pairs: MRR {found.mean_pair_mrr:.4f}"
        yield f"worst pair: {_name(pair)} MRR {measures.mrr:.4f}"
    yield ""
    yield "by language pair, the documents of one language ranked by themselves"
    for pair, measures in found.pairs.items():
        yield _line(_name(pair), measures)
    yield ""
    yield "by the document's language, all documents ranked"
    for language, measures in found.documents.items():
        yield _line(language, measures)


def _line(name: str, of: Measures) -> str:
    return (
        f"{name:<14}{of.ndcg_10:9.4f}{of.mrr:9.4f}{of.recall_10:9.4f}{of.recall_100:9.4f}{of.n:7d}"
    )


def _name(pair: tuple[str, str]) -> str:
    return f"{pair[0]} > {pair[1]}"
