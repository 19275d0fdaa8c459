"""A piece of a text as the numbers of its tokens, in their order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Passage:
    """Two are the same only where they are one object: what was counted in one can be kept by it.

    Attributes:
        tokens: numbers of the tokens (n,), int32.
        size: how many different tokens are told apart, whether they occur in it or not.
    """

    tokens: np.ndarray
    size: int
