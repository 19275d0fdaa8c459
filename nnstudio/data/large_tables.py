"""Reads a large table in pieces, so that it takes hardly more memory than its values.

What is read is the same as in one go, or nothing: a column that turns out not to be of one kind is left to
that. pandas' parser needs several times the file's size otherwise.
"""

from __future__ import annotations

import codecs
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from nnstudio.data.fixed_point import MOST_DECIMALS, packed, unpacked, with_decimals
from nnstudio.data.mapped import pieces
from nnstudio.data.progress import tell
from nnstudio.data.storage import zeros
from nnstudio.data.text_encoding import BYTE_ORDER_MARKS

if TYPE_CHECKING:
    import pandas as pd

    from nnstudio.data.tables.packed_frame import FixedPointArray

# Smaller files are read in one go.
LARGE = 16 * 2**20
# Rows of a piece.
PIECE = 10_000
BLOCK = 2**18
# Larger whole numbers are not exact in float64.
MOST_EXACT = 2**53


def is_plain(path: Path) -> bool:
    """Whether a file is UTF-8 without a mark or zero bytes, as most large ones are."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    with path.open("rb") as file:
        block = file.read(BLOCK)
        if any(block.startswith(mark) for mark, _name in BYTE_ORDER_MARKS):
            return False
        try:
            while block:
                if b"\0" in block:
                    return False
                decoder.decode(block)
                block = file.read(BLOCK)
            decoder.decode(b"", True)
        except UnicodeDecodeError:
            return False
    return True


def blocks_of(path: Path) -> Iterator[bytes]:
    """The content of a file in pieces."""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def count_lines(path: Path) -> int:
    """Lines of a file; rows may be fewer, where a value holds line breaks."""
    return 1 + sum(block.count(b"\n") for block in blocks_of(path))


class _Numbers:
    """A column of numbers that grows: as whole numbers of 32 bits with some decimals as far as those hold
    them, see `fixed_point`, else as float64; whole ones stay whole as far as that holds them.
    """

    def __init__(self, most: int, columns: int) -> None:
        self.most, self.columns = most, columns
        # Pages that are never written to take no memory.
        self.codes: np.ndarray | None = zeros((most,), np.int32, 4 * most * (columns - 1))
        self.values = np.zeros(0)
        self.are_whole = True
        self.decimals = 0

    def add(self, at: int, cells: pd.Series) -> bool:
        """Put values in; False where they cannot be held."""
        kind = getattr(cells.dtype, "kind", "O")
        if kind == "i":
            if max(-int(cells.min()), int(cells.max())) > MOST_EXACT:
                return False
        elif kind != "f":
            return False
        else:
            self.are_whole = False
        numbers = cells.to_numpy(np.float64)
        if self.codes is None or not self._add_packed(self.codes, at, numbers):
            self.values[at : at + len(cells)] = numbers
        return True

    def _add_packed(self, codes: np.ndarray, at: int, numbers: np.ndarray) -> bool:
        """Put values in; where a few decimals do not hold them, all are float64 from here on."""
        for decimals in range(self.decimals, MOST_DECIMALS + 1):
            some = packed(numbers, decimals)
            if some is not None and with_decimals(codes[:at], decimals - self.decimals):
                self.decimals, codes[at : at + len(numbers)] = decimals, some
                return True
        self.values = zeros((self.most,), np.float64, 8 * self.most * (self.columns - 1))
        for piece in pieces(codes[:at]):
            self.values[piece] = unpacked(codes[piece], self.decimals)
        self.codes = None
        return False

    def finished(self, count: int) -> np.ndarray | FixedPointArray:
        from nnstudio.data.tables.packed_frame import FixedPoint, FixedPointArray

        if self.codes is not None:
            return FixedPointArray(self.codes[:count], FixedPoint(self.decimals, self.are_whole))
        values = self.values[:count]
        if not self.are_whole:
            return values
        whole = values.view(np.int64)
        # Each piece is copied before it is overwritten, and no more than that.
        for piece in pieces(values):
            whole[piece] = values[piece].astype(np.int64)
        return whole


class _Texts:
    """A column of texts that grows."""

    def __init__(self) -> None:
        self.pieces: list[pd.Series] = []

    def add(self, _at: int, cells: pd.Series) -> bool:
        """Put values in; False where a piece of them is none of texts: as numbers, they lost their marks."""
        if getattr(cells.dtype, "kind", "O") in "ifb":
            return False
        self.pieces.append(cells)
        return True

    def finished(self, _count: int) -> pd.Series:
        import pandas as pd

        return pd.concat(self.pieces, ignore_index=True)


def read_in_pieces(
    path: Path, arguments: Mapping[str, Any], is_in_vain: Callable[[], bool] = lambda: False
) -> pd.DataFrame | None:
    """The table that pandas' ``read_csv`` gives with these arguments; None where it must read all at once.

    ``is_in_vain`` is asked now and then whether somebody knows by now that it must.
    """
    import pandas as pd

    from nnstudio.data.tables.packed_frame import PackedFrame

    most, count = count_lines(path), 0
    columns: dict[Any, _Numbers | _Texts] = {}
    with pd.read_csv(path, chunksize=PIECE, **arguments) as pieces:
        for piece in pieces:
            tell(count / most)
            if is_in_vain():
                return None
            for name in piece.columns:
                cells = piece[name]
                if name not in columns:
                    is_number = getattr(cells.dtype, "kind", "O") in "if"
                    columns[name] = _Numbers(most, len(piece.columns)) if is_number else _Texts()
                if not columns[name].add(count, cells):
                    return None
            count += len(piece)
    if not columns:
        return None
    # One array after the other, each of its own, so that each can be let go of alone.
    return PackedFrame({name: columns.pop(name).finished(count) for name in list(columns)}, copy=False)
