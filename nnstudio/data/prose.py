"""Whether a text file is prose or a table: both are called .txt."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from nnstudio.data.dataset import DataError
from nnstudio.data.dialect import DELIMITERS, split_cells
from nnstudio.data.number_marks import is_number
from nnstudio.data.text_encoding import decode_start
from nnstudio.model.atomic_file import FileError, check_regular

# Of the file, so much is looked at.
SAMPLE = 2**16
# A table has this share of numbers at least, or of rows that have equally many cells of few words.
NUMBERS, ALIKE, MOST_WORDS = 0.5, 0.9, 4
# Where a space follows each mark, as in a verse with a comma in each line, cells of a table are words.
MOST_SPACED_WORDS = 1.5
BETWEEN = re.compile(r"[\s,;|]+")


def is_prose(path: Path) -> bool:
    """Whether a file begins as a text for people does; False where it cannot be read."""
    try:
        check_regular(path)
        with path.open("rb") as file:
            raw = file.read(SAMPLE)
    except (FileError, OSError, ValueError):
        return False
    text, _ = decode_start(raw, len(raw) < SAMPLE)
    lines = [line for line in text.splitlines() if line.strip()]
    if "\0" in text or not lines:
        return False
    parts = [part for part in BETWEEN.split(text) if part]
    if sum(map(is_number, parts)) >= NUMBERS * len(parts):
        return False
    # The last line may be cut off.
    whole = lines[:-1] if len(raw) == SAMPLE else lines
    return not any(_divides(path, whole, mark) for mark in DELIMITERS if mark != " ")


def _divides(path: Path, lines: list[str], mark: str) -> bool:
    """Whether a delimiter makes rows with equally many short cells of the lines."""
    try:
        rows = list(split_cells(path, lines, mark))
    except DataError:
        return False
    if len(rows) < 2:
        return False
    width, alike = Counter(map(len, rows)).most_common(1)[0]
    cells = [cell for row in rows for cell in row if cell.strip()]
    words = sum(len(cell.split()) for cell in cells)
    is_spaced = all(line.count(mark) == f"{line} ".count(f"{mark} ") for line in lines)
    most = MOST_SPACED_WORDS if is_spaced else MOST_WORDS
    return width > 1 and alike >= ALIKE * len(rows) and words <= most * len(cells)
