"""The staff desk of matches: the queue, the review of one match, and what auditors see."""

from matchmaker.web.matches import audit, bulk, outcomes, sharing, views

blueprints = (views.blueprint, audit.blueprint)

__all__ = ["audit", "blueprints", "bulk", "outcomes", "sharing", "views"]
