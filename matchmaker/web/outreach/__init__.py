"""Organisations without an account: entering them, reaching them, letting them take over."""
