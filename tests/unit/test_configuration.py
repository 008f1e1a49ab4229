"""The page about the settings says what the code says."""

from matchmaker.config import PROJECT_FOLDER, configuration_page


def test_the_page_of_the_settings_is_current() -> None:
    page = PROJECT_FOLDER / "docs" / "configuration.md"
    assert page.read_text(encoding="utf-8") == configuration_page(), (
        "run `python -m matchmaker.config > docs/configuration.md`"
    )
