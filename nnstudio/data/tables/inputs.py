"""The columns of a table as the inputs of each part of the data, scaled."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.data.columns import BLOCK_CELLS, check_range, scaled
from nnstudio.data.dataset import DataError
from nnstudio.data.mapped import pieces
from nnstudio.data.storage import side_by_side, zeros
from nnstudio.data.tables.description import MANY_ROWS, Column
from nnstudio.data.tables.encoders import DateEncoder, Encoder, NumberEncoder, TokenEncoder
from nnstudio.data.tables.fitting import scaling_of
from nnstudio.data.tables.settings import quoted

if TYPE_CHECKING:
    import pandas as pd


def inputs_of(
    path: Path,
    frame: pd.DataFrame,
    columns: Sequence[Column],
    encoders: Sequence[Encoder],
    split: Sequence[np.ndarray],
) -> tuple[list[np.ndarray], np.ndarray, np.ndarray, list[str]]:
    """Inputs of each part, scaled, float32; shift and scale of each input; notes. Raises DataError.

    One column after the other is taken out of the table, so that no second copy of all is needed; plain
    numbers of few rows together, as there may be thousands.
    """
    width, count = sum(len(encoder.features) for encoder in encoders), len(frame)
    shift, scale, notes, at = np.zeros(width), np.ones(width), [], 0
    settings = {column.name: column for column in columns}
    blocks: list[np.ndarray] = []
    # Of many columns, each is let go of with effort, and of few rows that saves nothing.
    taken = frame.pop if count > MANY_ROWS else frame.__getitem__
    for group in _groups(frame, encoders, settings):
        encoder = group[0]
        if len(group) > 1:
            # Each column in one piece, so that sums are those of a single one to the last bit.
            numbers = frame[[encoder.column for encoder in group]].to_numpy(np.float64)
            values, train = np.asfortranarray(numbers), np.asfortranarray(numbers[split[0]])
        else:
            cells = taken(encoder.column)
            encoded = encoder.encode(cells)
            if isinstance(encoder, DateEncoder) and encoded.wrong.any():
                raise DataError(_no_date(path, cells[encoded.wrong]))
            del cells
            values, train = encoded.values, encoded.values[split[0]]
            notes += _told(encoder, encoded.unknown, split)
            del encoded
        check_range(path, values, [name for encoder in group for name in encoder.features], frame.index)
        here = slice(at, at + values.shape[1])
        if not isinstance(encoder, TokenEncoder):
            shift[here], scale[here] = scaling_of(train, settings[encoder.column].scaling)
        blocks.append(zeros(values.shape, beside=4 * count * (width - here.stop)))
        for piece in pieces(values):
            blocks[-1][piece] = scaled(path, values[piece], shift[here], scale[here])
        at = here.stop
        # Else they were there until the next column is.
        del values, train
    return side_by_side(blocks, split), shift, scale, notes


def _no_date(path: Path, wrong: pd.Series) -> str:
    """A sentence on the first of the cells that are no dates, and what can become of them."""
    row, name = int(wrong.index[0]) + 1, str(wrong.name)
    return (
        f"Column '{name}' of '{path.name}' holds dates, but '{str(wrong.iloc[0])[:40]}' in data row {row:,} "
        "is none. Correct it; or, under Data or with --option on the command line: take such values as "
        f"missing (columns='{quoted(name)}: date'), or take the column as text "
        f"(columns='{quoted(name)}: category')."
    )


def _groups(
    frame: pd.DataFrame, encoders: Sequence[Encoder], settings: Mapping[str, Column]
) -> Iterator[list[Encoder]]:
    """Encoders in their order; those of plain numbers that are scaled alike together, where rows are few."""
    most = max(1, BLOCK_CELLS // max(len(frame), 1)) if len(frame) <= MANY_ROWS else 1
    plain = {
        name for name, dtype in zip(frame.columns, frame.dtypes, strict=True)
        if isinstance(dtype, np.dtype) and dtype.kind in "iuf"
    }  # fmt: skip

    def alike(encoder: Encoder) -> object:
        is_plain = encoder == NumberEncoder(encoder.column) and encoder.column in plain
        return settings[encoder.column].scaling if is_plain else encoder.column

    for _kind, some in groupby(encoders, alike):
        group = list(some)
        yield from (group[start : start + most] for start in range(0, len(group), most))


def _told(encoder: Encoder, unknown: np.ndarray, split: Sequence[np.ndarray]) -> list[str]:
    """Sentences on numbers of values, and on rows whose value is unknown."""
    held_back = sum(int(unknown[part].sum()) for part in split[1:])
    if not isinstance(encoder, TokenEncoder):
        if not held_back:
            return []
        return [
            f"{held_back:,} held-back {'row has' if held_back == 1 else 'rows have'} a value of "
            f"'{encoder.column}' that is in no training row; such a value counts as none of those that are."
        ]
    count = len(encoder.values)
    told = (
        f"'{encoder.column}' enters as the numbers 1 to {count:,} of its values, for an Embedding whose size "
        f"must be {encoder.size:,} or more; 0 stands for unknown ones."
    )
    if encoder.rare:
        told += f" {encoder.rare:,} values are in a single training row each and count as unknown."
    if held_back:
        told += f" So do the values of {held_back:,} held-back rows."
    if not encoder.unknown_rows:
        told += " No training row has an unknown one, so nothing is learned of those."
    return [told]
