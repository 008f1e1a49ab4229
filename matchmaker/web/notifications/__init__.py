"""What a person is told: the list, what they want by mail, saved searches, links in mails."""

from matchmaker.web.notifications.links import blueprint as links
from matchmaker.web.notifications.searches import blueprint as searches
from matchmaker.web.notifications.undeliverable import blueprint as undeliverable
from matchmaker.web.notifications.views import blueprint as notifications

blueprints = (notifications, searches, links, undeliverable)
