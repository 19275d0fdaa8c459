"""What an Input hands on of one sample while samples are mixed in training (mixup): several mixtures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nnkernels.graph.network import NetworkSpec, NodeSpec, Resolved, read_columns
from nnkernels.planning.plan import build
from nnkernels.spec import Role, size_of
from nnstudio.explain.draws import DRAWS
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.in_pieces import run

# Training samples that are drawn as those to mix with.
PARTNERS = 256


@dataclass(frozen=True)
class Mixtures:
    """Mixtures of one sample with others.

    Attributes:
        samples: what the Input hands on, `(DRAWS, *shape)`.
        targets: what the loss is told of each, `(DRAWS, n)`: the shares of the classes, or mixed numbers.
    """

    samples: np.ndarray
    targets: np.ndarray


def mixtures_of(
    session: Evaluation, node: Resolved, sample: np.ndarray, target: np.ndarray
) -> Mixtures | None:
    """Of a whole sample `(1, *shape)` and its target `(1, t)`, what an Input hands on as training mixes them.

    None of other layers, and where nothing is mixed. The mixtures are of the same kind as those of the run,
    and others at every step, but not the very ones of a batch: they are with some of the training samples.
    """
    if node.layer.role != Role.INPUT or not session.settings.extra("mixup"):
        return None
    data = session.data
    rng = np.random.default_rng([session.settings.seed, session.steps])
    chosen = rng.permutation(len(data.x_train))[:PARTNERS]
    samples = np.concatenate([sample, data.x_train[chosen]]).reshape(1 + len(chosen), -1)
    told = _told(session, np.concatenate([target, data.y_train[chosen]]))
    values, columns = samples.shape[1], node.options["columns"]
    if read_columns(columns, values, "values") is None:
        columns = f"1-{values}"
    count, width = told.shape[1], size_of(node.shape) + told.shape[1]
    # Targets take part as columns of the samples: what is mixed of them can then be seen.
    network = NetworkSpec(
        (
            NodeSpec("in", "input", {"columns": columns}),
            NodeSpec("told", "input", {"columns": f"{values + 1}-{values + count}"}),
            NodeSpec("both", "concatenate", {}, ("in", "told")),
            NodeSpec("out", "output", {}, ("both",)),
        )
    )
    program = build(
        network,
        (values + count,),
        "mse",
        None,
        1,
        width,
        gradients=True,
        mixup=session.settings.extra("mixup"),
    )
    program.restart(session.settings.seed)
    program.set_data(
        np.concatenate([samples, told], 1), np.zeros((len(samples), width)), np.arange(len(samples))
    )
    drawn = []
    for step in range(DRAWS):
        program.resume(session.steps + step)
        run(program, session.threads)
        drawn.append((program.activation("in", 1)[0].copy(), program.activation("told", 1)[0].copy()))
    mixed, targets = (np.stack(arrays) for arrays in zip(*drawn, strict=True))
    return Mixtures(mixed.reshape(DRAWS, *node.shape), targets)


def _told(session: Evaluation, targets: np.ndarray) -> np.ndarray:
    """Targets so that they can be mixed: a class as 1 among zeros, several labels as their shares."""
    classes = session.data.classes
    if not classes:
        return targets.astype(np.float32)
    # What has no label, -1, is no class.
    rows = np.concatenate([np.eye(len(classes), dtype=np.float32), np.zeros((1, len(classes)), np.float32)])
    shares: np.ndarray = rows[targets.astype(int)].mean(1)
    return shares
