"""The desk of a centre's staff: what waits, how much, how old, and who decides for whom."""

from matchmaker.web.desk import delegations, talks, views

blueprints = (views.blueprint,)

__all__ = ["blueprints", "delegations", "talks", "views"]
