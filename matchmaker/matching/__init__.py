"""The engine: text in, ranked pairs with reasons out; no Flask, no SQL."""
