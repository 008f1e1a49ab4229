"""What the engine finds for the words that somebody typed, with the site's settings."""

from flask import current_app

from matchmaker.config import Settings
from matchmaker.queries.text_search import Ranking, rank


def ranking(text: str) -> Ranking:
    """Rank the public listings by a text in any language."""
    settings: Settings = current_app.config["SETTINGS"]
    return rank(settings.index_folder, text, use_encoder=settings.use_encoder)
