"""The translation queue of a centre, and the page on which its staff translate."""
