"""Which group each sample belongs to, by a column of few values that the network may get or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnstudio.data.dataset import Split

# A column of more values makes groups too small to say anything of, and too many to look at.
MOST_GROUPS = 12


@dataclass(frozen=True, eq=False)
class Grouping:
    """Samples by what one column says of them.

    Attributes:
        column: its name.
        groups: names of the groups, in their order.
        parts: for each part of the data which group each of its samples belongs to, an index of ``groups``,
            uint8 (n,).
    """

    column: str
    groups: tuple[str, ...]
    parts: Mapping[Split, np.ndarray]
