"""The talks of a case: its thread, agreement, meetings and files, for parties and staff."""

from matchmaker.web.talks import meeting_views, nda_text_views, nda_views, thread_views
from matchmaker.web.talks.blueprint import blueprint as talks

blueprints = (talks, nda_text_views.blueprint)

__all__ = ["blueprints", "meeting_views", "nda_views", "thread_views"]
