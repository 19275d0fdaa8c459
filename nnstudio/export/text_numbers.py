"""What files have in common that hold each weight as a text: how many they take, and names that a spreadsheet
does not run.
"""

from __future__ import annotations

import numpy as np

from nnstudio.export.format import ExportError
from nnstudio.export.network import ExportedNetwork

# Spreadsheets have a million rows; with half of them they are still quick, and so is reading it back.
MOST_NUMBERS = 500_000
# A cell that begins with one of these is a formula to a spreadsheet.
FORMULA = ("=", "+", "-", "@", "\t", "\r", "'")


def check_few(title: str, network: ExportedNetwork) -> None:
    """Raise ExportError where a file would be too long to read."""
    count = sum(values.size for values in network.arrays.values())
    if count > MOST_NUMBERS:
        raise ExportError(
            f"The network has {count:,} numbers. {title} is for reading, and takes {MOST_NUMBERS:,} at the "
            "most: choose safetensors, or NumPy NPZ."
        )


def shortest(value: float) -> str:
    """The shortest text that gives the same float32 again."""
    return str(np.float32(value))


def as_cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula: an apostrophe stands before what could be one."""
    return f"'{text}" if text.startswith(FORMULA) else text


def from_cell(cell: str) -> str:
    """The text of `as_cell`."""
    return cell.removeprefix("'")
