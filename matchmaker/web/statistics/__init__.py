"""Figures for centres and funders: a dashboard, a report to print, files to work with."""
