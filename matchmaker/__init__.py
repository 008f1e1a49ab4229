"""The matchmaker: technology finds the people who need it."""
