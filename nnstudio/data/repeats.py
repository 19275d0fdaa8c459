"""Samples that are there several times: equal ones in one part, or each of them once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.some_examples import EXAMPLES, some_of
from nnstudio.data.splits import SplitKind, divide

if TYPE_CHECKING:
    import pandas as pd

# Bytes that stand for a sample: so many that two different ones never share them.
DIGEST = 16


class Repeats(StrEnum):
    """What becomes of samples of which inputs and targets are equal."""

    AS_THEY_ARE = "as they are"
    IN_ONE_PART = "in one part"
    ONCE = "once"


REPEATS = Option(
    "repeats", Repeats.AS_THEY_ARE.value,
    "Samples that are there several times: equal ones are kept in one part, or all but the first left out.",
    choices=tuple(Repeats),
)  # fmt: skip


def numbered(keys: Sequence[bytes] | np.ndarray) -> np.ndarray:
    """For each sample (n,) the number of the first one with the same key, counted without repeats; int64."""
    _, first, inverse = np.unique(np.asarray(keys), return_index=True, return_inverse=True)
    numbers = np.empty(len(first), np.int64)
    numbers[np.argsort(first)] = np.arange(len(first))
    return numbers[inverse]


def digests(*parts: Iterable[np.ndarray]) -> list[bytes]:
    """A key for each sample, of what each of the parts gives for it, block by block: arrays (some, ...)."""
    keys: list[bytes] = []
    for blocks in zip(*parts, strict=True):
        for rows in zip(*blocks, strict=True):
            key = blake2b(digest_size=DIGEST)
            for row in rows:
                key.update(np.ascontiguousarray(row).tobytes())
            # What ends in zero bytes would lose them in an array.
            keys.append(key.digest() + b"|")
    return keys


def of_rows(frame: pd.DataFrame) -> np.ndarray:
    """`numbered` rows of a table."""
    import pandas as pd

    return numbered(np.asarray(pd.util.hash_pandas_object(frame, index=False)))


def firsts(which: np.ndarray) -> np.ndarray:
    """Where each of the `numbered` samples stands first, int64, rising."""
    return np.sort(np.unique(which, return_index=True)[1])


def divide_together(
    kind: SplitKind,
    which: np.ndarray,
    options: Mapping[str, Any],
    classes: np.ndarray | None = None,
    times: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """As `splits.divide`, of `numbered` samples: each different one is drawn once, and all equal ones come
    along. Raises DataError.
    """
    first = firsts(which)
    of_first = tuple(None if values is None else values[first] for values in (classes, times))
    # So many examples are of all samples that are for training, and not each of them several times.
    everything = {**options, EXAMPLES.name: EXAMPLES.default}
    train, validation, test = (
        _with_equal(part, which)
        for part in divide(kind, len(first), everything, of_first[0], None, of_first[1])
    )
    return some_of(train, options, classes, kind == SplitKind.IN_ORDER), validation, test


def _with_equal(numbers: np.ndarray, which: np.ndarray) -> np.ndarray:
    """All samples of these numbers, in their order."""
    at = np.full(int(which.max(initial=-1)) + 1, -1)
    at[numbers] = np.arange(len(numbers))
    rows = np.flatnonzero(at[which] >= 0)
    chosen: np.ndarray = rows[np.argsort(at[which[rows]], kind="stable")]
    return chosen


def told_of_repeats(repeats: Repeats, which: np.ndarray) -> tuple[str, ...]:
    """A note on what became of `numbered` samples; nothing where they are as they are."""
    count = len(which) - len(firsts(which))
    if repeats == Repeats.AS_THEY_ARE:
        return ()
    if not count:
        return ("No sample is there twice.",)
    repeat = "sample repeats" if count == 1 else "samples repeat"
    if repeats == Repeats.ONCE:
        return (f"{count:,} {repeat} an earlier one and {'is' if count == 1 else 'are'} left out.",)
    return (f"{count:,} {repeat} an earlier one; equal samples are in one part.",)
