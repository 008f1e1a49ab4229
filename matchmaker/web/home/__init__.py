"""The way in: the front page of each language, and the redirect to it."""
