"""Measures of the engine, apart from the tests: `python -m bench`."""
