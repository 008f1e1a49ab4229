"""The parties of a match, introduced to each other."""

from tests.integration.matches.conftest import World, world

__all__ = ["World", "world"]
