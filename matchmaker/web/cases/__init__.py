"""The parties' side of matches: what waits for an answer, running cases, expressing interest."""

from matchmaker.web.cases import outcomes, views

blueprint = views.blueprint

__all__ = ["blueprint", "outcomes", "views"]
