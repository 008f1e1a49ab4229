"""Posting: one's listings, written step by step, submitted, edited, renewed and ended."""
