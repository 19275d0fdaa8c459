"""The loss of each Output along a run, as the project file holds it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnstudio.model.saved import SavedOutputs

EPOCHS, LOSSES = "output_epochs", "output_losses"


def arrays_of(outputs: SavedOutputs | None) -> dict[str, np.ndarray]:
    """What lies beside the curve."""
    return {} if outputs is None else {EPOCHS: outputs.epochs, LOSSES: np.ascontiguousarray(outputs.rows)}


def plain_outputs(outputs: SavedOutputs) -> dict[str, Any]:
    """What project.json says of them."""
    return {
        "names": list(outputs.names), "sums": outputs.sums.tolist(), "counts": outputs.counts.tolist(),
        "right": outputs.right, "latest": outputs.latest.tolist(), "share": outputs.share,
    }  # fmt: skip


def checked_outputs(plain: Mapping[str, Any] | None, arrays: Mapping[str, np.ndarray]) -> SavedOutputs | None:
    """They as they were saved. Raises KeyError or ValueError for what cannot be."""
    if plain is None:
        return None
    epochs, rows = arrays[EPOCHS], arrays[LOSSES]
    sums, counts = np.array(plain["sums"], float), np.array(plain["counts"], float)
    names, right, share = tuple(plain["names"]), float(plain["right"]), float(plain["share"])
    latest = np.array(plain["latest"], float)
    if epochs.dtype != np.int64 or epochs.ndim != 1 or rows.dtype != np.float64:
        raise ValueError("the losses of the Outputs are no numbers by epoch")
    if rows.shape != (len(epochs), len(names)) or not len(sums) == len(counts) == len(latest) == len(names):
        raise ValueError(f"the losses of {len(names)} Outputs have the shape {rows.shape}")
    if not np.isfinite([*sums, *counts, *latest, right, share]).all() or (counts < 0).any():
        raise ValueError("the sums of the Outputs' losses are not finite")
    return SavedOutputs(names, epochs, rows, sums, counts, right, latest, share)


__all__ = ["arrays_of", "checked_outputs", "plain_outputs"]
