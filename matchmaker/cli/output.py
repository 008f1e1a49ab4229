"""Where a command writes its result."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TextIO


def plain_file(output: Path | None) -> Path | None:
    """The file that is to come or to be replaced, links followed; None where the result goes
    straight to the standard output (`-` or no name), a pipe or a device."""
    if output is None or _is_stdout(output) or (output.exists() and not output.is_file()):
        return None
    return Path(os.path.realpath(output))


@contextmanager
def opened(output: Path | None) -> Iterator[TextIO]:
    """A text file to write; a plain one gets its name only when it is whole."""
    file = plain_file(output)
    if file is not None:
        unfinished = file.with_name(f"{file.name}.part")
        try:
            with unfinished.open("w", encoding="utf-8", newline="\n") as text:
                yield text
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    elif output is None or _is_stdout(output):
        yield sys.stdout
    else:
        with output.open("w", encoding="utf-8", newline="\n") as text:
            yield text


def _is_stdout(output: Path) -> bool:
    """Whether `-` or a name such as /dev/stdout means what is the standard output already."""
    try:
        return str(output) == "-" or os.path.samestat(output.stat(), os.fstat(1))
    except OSError:
        return False
