"""The page about the settings says what the code says."""

from pathlib import Path

from matchmaker.config import PROJECT_FOLDER, Settings, configuration_page


def test_the_page_of_the_settings_is_current() -> None:
    page = PROJECT_FOLDER / "docs" / "configuration.md"
    assert page.read_text(encoding="utf-8") == configuration_page(), (
        "run `python -m matchmaker.config > docs/configuration.md`"
    )


def test_an_operators_glossary_takes_the_place_of_ours(tmp_path: Path) -> None:
    settings = Settings.from_environment(
        {"MATCHMAKER_ENV": "development", "MATCHMAKER_VAR": str(tmp_path)}
    )
    assert settings.glossary_folder == PROJECT_FOLDER / "seeds" / "glossary"
    own = tmp_path / "glossary"
    own.mkdir()
    (own / "concepts.csv").write_text("id,sectors,broader,definition_en\n", encoding="utf-8")
    assert settings.glossary_folder == own
