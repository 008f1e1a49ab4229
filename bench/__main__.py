"""`python -m bench quality [SET ...]`: the table of docs/matching.md; without arguments all of it.
`python -m bench scores`: how rare high scores are, and how steady.
`python -m bench languages`: how often a text's language is told rightly.
`python -m bench reasons`: what becomes of scores without the top phrase.
`python -m bench examples`: reasons of the demonstration's pairs, in ten language pairs.
`python -m bench background FOLDER`: the texts that every index learns from.

The sets lie beside the checkout (../shared/bench); those that are absent are left out.
"""

from __future__ import annotations

import os

# One thread: two spinning ones slow each other down. Read when the encoder's library loads.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OMP_WAIT_POLICY", "passive")

import argparse
import sys
from pathlib import Path


def main() -> int:
    """Run the measures asked for; 0 also when no set is there, which it says."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument(
        "what",
        nargs="?",
        default="quality",
        choices=["quality", "scores", "languages", "reasons", "examples", "background"],
    )
    parser.add_argument("sets", nargs="*", help="the sets' names; all by default; or the folder")
    parser.add_argument("--write", action="store_true", help="put the table into docs/matching.md")
    arguments = parser.parse_args()
    from bench import (  # noqa: PLC0415 - after os.environ
        background,
        examples,
        languages,
        quality,
        reasons,
        scores,
    )

    if arguments.what == "background":
        return background.make(Path(*arguments.sets))
    if arguments.what == "reasons":
        return reasons.run(write=arguments.write)
    if arguments.what == "examples":
        return examples.run(write=arguments.write)
    if arguments.what == "languages":
        return languages.run(write=arguments.write)
    if arguments.what == "scores":
        return scores.run(write=arguments.write)
    return quality.run(arguments.sets, write=arguments.write)


sys.exit(main())
