"""How a batch flows through every layer and the gradient back: distributions, dead and saturated units."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.program import Program
from nnstudio.training.evaluation import Evaluation

BINS = 24
# Nearer to either of its limits than this share, a layer that saturates is saturated.
NEAR = 0.02


@dataclass(frozen=True)
class LayerStatistics:
    """One layer over a batch.

    Attributes:
        mean, deviation: of all its values that are numbers; NaN where none is.
        counts, low, high: a histogram of BINS equal bins between the two.
        non_finite: values that are not finite.
        dead: share of units (last axis) of an activation that gave every sample the same; None elsewhere.
        saturated: share of values that lie at a limit, of a layer that saturates; None elsewhere.
        gradient: root mean square of the loss's gradient by the layer's values; None where none flows.
        weights: norm of the loss's gradient by its trained values; None where it has none.
    """

    node: str
    mean: float
    deviation: float
    counts: np.ndarray
    low: float
    high: float
    non_finite: int
    dead: float | None
    saturated: float | None
    gradient: float | None
    weights: float | None


@dataclass(frozen=True)
class GradientFlow:
    """All layers, in order, at a step, over the first ``samples`` training samples."""

    step: int
    samples: int
    layers: tuple[LayerStatistics, ...]


@dataclass(frozen=True)
class GradientFlowProbe:
    """Layers over a batch as training goes through it, there and back, but that samples are not mixed."""

    def run(self, session: Evaluation) -> Iterator[GradientFlow]:
        nodes, count = session.layout.nodes.values(), session.gradient_samples()
        x, y = session.data.x_train[:count], session.data.y_train[:count]
        program = session.gradients(x, y)
        yield GradientFlow(session.steps, len(x), tuple(of_layer(session, program, n, len(x)) for n in nodes))


def of_layer(session: Evaluation, program: Program, node: Resolved, count: int) -> LayerStatistics:
    """What one layer gave to the program's last ``count`` samples, and what came back."""
    values = program.activation(node.id, count)
    finite = values[np.isfinite(values)].astype(np.float64)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    room = 0.0 if high > low else max(abs(low) * 1e-6, 1e-12)
    counts, _ = np.histogram(finite, BINS, (low - room, high + room))
    gradient = program.output_gradient(node.id, count)
    mine = [
        s for s in session.layout.parameters if s.trained and session.layout.owners.get(node.id) == s.node
    ]
    learned = [float((program.gradient(slot).astype(np.float64) ** 2).sum()) for slot in mine]
    return LayerStatistics(
        node.id, float(finite.mean()) if finite.size else float("nan"),
        float(finite.std()) if finite.size else float("nan"), counts, low, high,
        int(values.size - finite.size), _dead(node, values), _saturated(node, values),
        None if gradient is None else float(np.sqrt((gradient.astype(np.float64) ** 2).mean())),
        float(np.sqrt(sum(learned))) if learned and program.has_output_gradient(node.id) else None,
    )  # fmt: skip


def _dead(node: Resolved, values: np.ndarray) -> float | None:
    if node.layer.category != "Activations" or len(values) < 2:
        return None
    units = values.reshape(-1, values.shape[-1])
    return float((units.max(0) == units.min(0)).mean())


def _saturated(node: Resolved, values: np.ndarray) -> float | None:
    if not node.layer.saturates:
        return None
    low, high = node.layer.limits
    reach = NEAR * (high - low)
    return float(((values < low + reach) | (values > high - reach)).mean())
