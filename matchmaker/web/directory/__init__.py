"""The directory of services: its public pages, those of its keepers, and landing paths."""

from matchmaker.web.directory.keeping import blueprint as keeping
from matchmaker.web.directory.landing import blueprint as landing
from matchmaker.web.directory.views import blueprint as directory

blueprints = (directory, keeping, landing)
