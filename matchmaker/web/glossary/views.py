"""All views of the glossary, so that one import registers them."""

from matchmaker.web.glossary import concepts, files, pairs
from matchmaker.web.glossary.blueprint import blueprint

__all__ = ["blueprint", "concepts", "files", "pairs"]
