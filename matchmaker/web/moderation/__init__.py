"""Moderation: the queue of a centre, and the page on which staff decide about a submission."""
