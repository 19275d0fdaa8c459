"""What all commands of the lab have in common: files by their suffix, a bar for who waits, what it cost."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from nnkernels.spec import SpecError
from nnstudio.explain.cost import seconds_in_words
from nnstudio.model.atomic_file import write_together
from nnstudio.predict_command import check_result
from nnstudio.training.in_pieces import Waiting, in_pieces
from nnstudio.training.underway import share_of

T = TypeVar("T")


def add_out(command: argparse.ArgumentParser, suffixes: Sequence[str], otherwise: str = "") -> None:
    """The option that names files to write; ``otherwise``: what is done without it."""
    command.add_argument(
        "--out", "--output", dest="out", type=Path, action="append", default=[], metavar="FILE",
        help=f"write it here: {', '.join(suffixes)} by the suffix; may be given several times{otherwise}",
    )  # fmt: skip


def check_files(files: Sequence[Path], suffixes: Sequence[str], source: Path) -> None:
    """Before anything is computed. Raises SpecError, DataError or FileError with a sentence.

    ``source`` must not be written over.
    """
    for file in files:
        check_result(file, source)
        if file.suffix.lower() not in suffixes:
            raise SpecError(f"'{file.suffix}' is no kind of file for this. Choose {', '.join(suffixes)}.")


def write_files(files: Sequence[Path], content: Callable[[str], bytes]) -> None:
    """All of them, or none; ``content`` makes that of a suffix. Raises FileError."""
    write_together([(file, content(file.suffix.lower())) for file in files])


def tell_files(files: Sequence[Path], seconds: float, is_aside: bool = False) -> None:
    """What it took and what was written; ``is_aside``: on stderr, as stdout is for the result."""
    took = f"took {seconds_in_words(seconds)}"
    print(f"nnstudio: {took}." if is_aside else f"  {took}", file=sys.stderr if is_aside else sys.stdout)
    for file in files:
        print(f"Wrote {file}.", file=sys.stderr if is_aside else sys.stdout)


def in_json(files: Sequence[Path], seconds: float) -> dict[str, Any]:
    """The same as plain data; ``out`` is the first of the files."""
    names = [str(file) for file in files]
    return {"seconds": seconds, "out": names[0] if names else None, "written": names}


def with_bar(pieces: Iterator[T]) -> Iterator[T]:
    """The pieces as they come, with a bar on stderr of the share that they tell."""
    from tqdm import tqdm

    layout = "{l_bar}{bar}| {elapsed}<{remaining}"
    with tqdm(total=100.0, unit="%", file=sys.stderr, bar_format=layout, leave=False) as bar:
        # Ctrl+C comes between two of the engine's pieces.
        waiting = Waiting(lambda share: bar.update(max(100 * share - bar.n, 0.0)))
        while True:
            try:
                with in_pieces(waiting):
                    piece = next(pieces)
            except StopIteration:
                break
            share = share_of(piece)
            if share is not None:
                waiting.reached(share)
                bar.update(100 * share - bar.n)
            yield piece
        bar.update(100 - bar.n)
