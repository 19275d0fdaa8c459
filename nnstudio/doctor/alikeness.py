"""How often augmentation makes a sample one of another class, by the nearest samples that are not changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.graph.network import NetworkSpec, NodeSpec, Resolved
from nnkernels.planning.plan import build
from nnkernels.spec import size_of
from nnstudio.doctor.answers import rows_of
from nnstudio.training.evaluation import Evaluation

if TYPE_CHECKING:
    from nnstudio.doctor.patient import Patient

# Samples that are changed, and compared with; draws of each; cells that the side of a picture is averaged to.
MOST, DRAWS, CELLS = 512, 4, 24
# Samples of a class that tell something of it.
FEWEST = 12
# Of a class, this share of the changed samples more looks like another one than of those as they are; so many
# of all are nearest to another class where noise drowns them.
ALIKE, DROWNED = 0.13, 0.3
# The category of layers that change samples while training, and another such layer; and those after which a
# sample may be one of another class.
AUGMENTS, NOISE = "Augmentation", "gaussiannoise"
TURNING = ("randomflip", "randomrotation")
# A sample looks like one of a class where it is as near to its samples as this share of them are to another.
USUAL = 0.9


@dataclass(frozen=True, eq=False)
class Alike:
    """Of some training samples, whose labels are ``labels`` (n,).

    Attributes:
        plain, taken: as which class a sample, or what is made of it, looks more than as its own, int64 (n,)
            and (n, DRAWS); -1 where as none.
        nearest: the class of the nearest sample of all to a changed one, itself among them, int64 (n, DRAWS).
    """

    labels: np.ndarray
    plain: np.ndarray
    taken: np.ndarray
    nearest: np.ndarray

    @property
    def wrong(self) -> float:
        """The share of changed samples that are nearest to one of another class."""
        return float((self.nearest != self.labels[:, None]).mean())

    def pairs(self) -> list[tuple[float, float, int, int]]:
        """By class with enough samples, and another one: the share of changed samples that look like that,
        and of those that are not changed; where the first is the most above the second comes first.
        """
        told = []
        for one in np.unique(self.labels).tolist():
            mine = self.labels == one
            if mine.sum() < FEWEST:
                continue
            for other in np.unique(self.labels).tolist():
                if other != one:
                    shares = (self.taken[mine] == other).mean(), (self.plain[mine] == other).mean()
                    told.append((float(shares[0]), float(shares[1]), one, other))
        return sorted(told, key=lambda pair: pair[1] - pair[0])


def augmenting(patient: Patient) -> Iterator[Resolved]:
    """Layers that change the samples themselves while training, before anything is learned of them."""
    for node in patient.layout.nodes.values():
        if node.layer.category != AUGMENTS and node.layer.id != NOISE:
            continue
        before = [other.id for other in patient.wiring.before(node.id)]
        is_first = len(node.inputs) == 1 and not any(patient.layout.nodes[n].parameters for n in before)
        if is_first and node.layer.differs_in_training(node.options):
            yield node


def seen_of(patient: Patient, node: Resolved) -> Alike | None:
    """How alike the layer makes classes, looked at once; None where samples have not one class each, and of
    layers after which a sample may be less of its class, but none of another.
    """
    data = patient.data
    if not data.classes or data.y_train.shape[1:] != (1,) or node.layer.id not in (*TURNING, NOISE):
        return None
    key = ("doctor alike", node.id)
    if key not in patient.remembered:
        rows = rows_of(len(data.x_train), MOST)
        labels = np.asarray(data.y_train[rows, 0], np.int64)
        x, labels = data.x_train[rows[labels >= 0]], labels[labels >= 0]
        several = len(np.unique(labels)) > 1
        patient.remembered[key] = alike_of(patient.session, node, x, labels) if several else None
    seen: Alike | None = patient.remembered[key]
    return seen


def is_alike(node: Resolved, seen: Alike) -> bool:
    """Whether it makes classes alike, or drowns what tells them apart."""
    if node.layer.id == NOISE:
        return seen.wrong >= DROWNED
    return any(after - before >= ALIKE for after, before, _one, _other in seen.pairs()[:1])


def alike_of(session: Evaluation, node: Resolved, x: np.ndarray, labels: np.ndarray) -> Alike:
    """What a layer that augments makes of samples (n, ...), of which n is at most MOST."""
    entering = session.predict_all(np.ascontiguousarray(x), node.inputs)[node.inputs[0]]
    entering = np.ascontiguousarray(entering, np.float32)
    changed = np.stack([_draw(session, node, entering, draw) for draw in range(DRAWS)], 1)
    plain = _cells(entering)
    apart = _distances(plain, plain)
    np.fill_diagonal(apart, np.inf)
    is_same = labels[:, None] == labels
    own = np.where(is_same, apart, np.inf).min(1)
    reach = np.full(int(labels.max()) + 1, -1.0)
    for one in np.unique(labels).tolist():
        near = own[(labels == one) & np.isfinite(own)]
        reach[one] = np.quantile(near, USUAL) if len(near) else -1.0
    far = _distances(_cells(changed.reshape(-1, *entering.shape[1:])), plain)
    their = np.repeat(labels, DRAWS)
    taken, nearest = _taken(far, their, labels, reach)
    shape = (len(labels), DRAWS)
    before = _taken(apart, labels, labels, reach)[0]
    return Alike(labels, before, taken.reshape(shape), nearest.reshape(shape))


def _taken(
    far: np.ndarray, their: np.ndarray, labels: np.ndarray, reach: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """As which class each row looks more than as its own, -1 for none, and that of the nearest sample.

    ``far`` (rows, n): distances from samples with these ``labels`` (n,); ``their``: those of the rows.
    """
    same = their[:, None] == labels
    mine, foreign = np.where(same, far, np.inf).min(1), np.where(same, np.inf, far)
    at = foreign.argmin(1)
    distance, as_class = foreign[np.arange(len(at)), at], labels[at]
    is_nearer = distance < mine
    return np.where(is_nearer & (distance <= reach[as_class]), as_class, -1), np.where(
        is_nearer, as_class, their
    )


def _draw(session: Evaluation, node: Resolved, entering: np.ndarray, draw: int) -> np.ndarray:
    """What the layer makes of all samples (n, ...) while training, each by a draw of its own."""
    network = NetworkSpec(
        (
            NodeSpec("in", "input"),
            NodeSpec("it", node.layer.id, node.options, ("in",)),
            NodeSpec("flat", "flatten", {}, ("it",)),
            NodeSpec("out", "output", {}, ("flat",)),
        )
    )
    count, width = len(entering), size_of(node.shape)
    program = build(network, entering.shape[1:], "mse", None, count, width, gradients=True)
    program.restart(session.settings.seed + draw)
    program.set_data(entering, np.zeros((count, width), np.float32), np.arange(count))
    program.resume(draw)
    program.run(1, session.threads)
    values: np.ndarray = program.activation("it", count).copy()
    return values


def _cells(samples: np.ndarray) -> np.ndarray:
    """Samples (n, values), float64; pictures (n, h, w, c) by the means of some cells."""
    if samples.ndim == 4:
        steps = [max(1, -(-side // CELLS)) for side in samples.shape[1:3]]
        h, w = (side // step * step for side, step in zip(samples.shape[1:3], steps, strict=True))
        cut = samples[:, :h, :w].reshape(len(samples), h // steps[0], steps[0], w // steps[1], steps[1], -1)
        samples = cut.mean((2, 4))
    return samples.reshape(len(samples), -1).astype(np.float64)


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Squared distances (a, b) of rows."""
    squares = (a**2).sum(1)[:, None] + (b**2).sum(1) - 2 * a @ b.T
    apart: np.ndarray = np.maximum(squares, 0.0)
    return apart
