"""A BatchNorm that is put into a trained network begins with the data's statistics."""

from __future__ import annotations

import numpy as np

from nnstudio.training.evaluation import EVALUATION_BATCH, Evaluation
from nnstudio.training.surgery.graft import Fate, Graft

# Samples whose statistics are taken, at the most: training goes on from there.
MOST_SAMPLES = EVALUATION_BATCH


def begin_statistics(graft: Graft, session: Evaluation) -> None:
    """Set mean and variance of each new BatchNorm that is to change nothing to those of what enters it, and
    its weight and bias to the deviation and the mean: ``weight (x - mean) / deviation + bias`` is x.

    One after the other: what enters the later ones goes through those before.
    """
    slots: dict[str, dict[str, np.ndarray]] = {}
    for plan in graft.arrays:
        if plan.fate == Fate.PASSES_ON and graft.now.nodes[plan.slot.node].layer.id == "batchnorm":
            slot = plan.slot
            here = session.parameters[slot.offset : slot.offset + slot.size]
            slots.setdefault(slot.node, {})[slot.name] = here
    for name in [name for name in graft.now.nodes if name in slots]:
        arrays, node = slots[name], graft.now.nodes[name]
        x = session.data.x_train[:MOST_SAMPLES]
        entering = session.predict(np.ascontiguousarray(x), node.inputs[0]).astype(np.float64)
        rows = entering.reshape(-1, node.shape[-1])
        mean, variance = rows.mean(0), rows.var(0)
        arrays["running_mean"][:], arrays["running_var"][:] = mean, variance
        # With what the array holds, so that both cancel exactly.
        held = arrays["running_var"].astype(np.float64)
        arrays["weight"][:] = np.sqrt(held + node.options["epsilon"])
        arrays["bias"][:] = arrays["running_mean"]
        if "running_batches" in arrays:
            # All batches count the same: these statistics are of as many as an epoch has.
            arrays["running_batches"][:] = -(-len(session.data.x_train) // session.settings.batch_size)
