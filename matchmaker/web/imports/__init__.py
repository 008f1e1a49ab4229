"""Bringing in many listings from a table: template, dry run with a report by row, drafts."""
