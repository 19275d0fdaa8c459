"""In which order an epoch visits the samples, and how often each where groups are to count equally."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnkernels.ops.shuffle import Shuffle
from nnkernels.spec import SpecError
from nnstudio.data.dataset import Dataset, Split


def groups_to_balance(data: Dataset, column: str) -> np.ndarray | None:
    """The group of each training sample (n,) by a column; None where none is named.

    Raises SpecError where the data is not grouped by it.
    """
    if not column:
        return None
    for grouping in data.groupings:
        if grouping.column == column:
            return grouping.parts[Split.TRAINING]
    known = [f"'{grouping.column}'" for grouping in data.groupings]
    remedy = f"choose {', '.join(known)} or off" if known else "choose off"
    raise SpecError(
        f"Training is set to balance the groups of the column '{column}', but this data has no such column "
        f"with few values. At Balance, under Training, {remedy}."
    )


def order_of_epoch(count: int, groups: np.ndarray | None, seed: Sequence[int]) -> np.ndarray | Shuffle:
    """Indices of ``count`` samples in the order in which an epoch visits them; the same seed, the same order.

    Without groups each once. With them each group comes equally often, and the epoch stays as long as it was:
    the samples of a small group come several times, of a large one others are left out each time.
    """
    if groups is None:
        return Shuffle(count, seed)
    rng = np.random.default_rng(seed)
    present = np.unique(groups)
    # What does not divide evenly goes to other groups each time.
    shares = np.full(len(present), count // len(present))
    shares[rng.permutation(len(present))[: count % len(present)]] += 1
    drawn = []
    for group, share in zip(present, shares, strict=True):
        members = np.flatnonzero(groups == group)
        rounds, rest = divmod(int(share), len(members))
        drawn += [np.tile(members, rounds), rng.permutation(members)[:rest]]
    return rng.permutation(np.concatenate(drawn))
