"""The blueprint of the glossary, which several modules fill."""

from flask import Blueprint

blueprint = Blueprint("glossary", __name__, url_prefix="/<locale:locale>/desk/glossary")
