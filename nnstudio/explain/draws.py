"""What a layer that draws at random while training makes of one sample then: several draws."""

from __future__ import annotations

import numpy as np

from nnkernels.graph.network import NetworkSpec, NodeSpec, Resolved
from nnkernels.planning.plan import build
from nnkernels.spec import size_of
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.in_pieces import run

# So many draws are shown side by side.
DRAWS = 8


def draws_of(session: Evaluation, node: Resolved, entering: np.ndarray) -> np.ndarray | None:
    """What a node makes in training of what enters it, `(*shape)` of one sample: `(DRAWS, *shape)`.

    None for layers that do not draw, or that have weights or use the batch besides. The draws are of the
    same kind as those of the run, and others at every step, but not the very ones of a batch.
    """
    layer = node.layer
    if not layer.differs_in_training(node.options) or layer.across_samples or node.parameters:
        return None
    network = NetworkSpec(
        (
            NodeSpec("in", "input"),
            NodeSpec("it", layer.id, node.options, ("in",)),
            NodeSpec("flat", "flatten", {}, ("it",)),
            NodeSpec("out", "output", {}, ("flat",)),
        )
    )
    width = size_of(node.shape)
    program = build(network, entering.shape, "mse", None, DRAWS, width, gradients=True)
    program.restart(session.settings.seed)
    samples = np.repeat(entering[None].astype(np.float32), DRAWS, 0)
    program.set_data(samples, np.zeros((DRAWS, width), np.float32), np.arange(DRAWS))
    program.resume(session.steps)
    run(program, session.threads)
    return program.activation("it", DRAWS).copy()
