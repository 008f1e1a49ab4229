"""The parties' side of matches: what waits for an answer, running cases, expressing interest."""
