"""Export control: catalogues, checks to be reviewed, and what helps staff to check an offer."""
