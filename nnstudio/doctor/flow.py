"""Some samples there and back through a network: what each layer gave, and the gradient of each array."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.program import ParameterSlot, Program
from nnstudio.training.evaluation import Evaluation

# Nearer to either of its limits than this share of their distance, a value is at the limit.
NEAR = 0.02
# Values of an array that tell its size.
MOST = 2**17


@dataclass(frozen=True, eq=False)
class LayerFlow:
    """What one layer gave to the samples, and what came back.

    Attributes:
        spread: root mean square, over all its numbers, of how much each differs between samples.
        size: root mean square of its values.
        mean, deviation: of each unit (last axis), float64 (units,).
        is_constant: of each unit, whether it gave every sample the same, bool (units,).
        saturated: of each unit of a layer that saturates, share of its values at a limit; else empty.
        gradient: root mean square of the loss's gradient by its values; None where none flows back.
        is_finite: whether all values are numbers.
    """

    spread: float
    size: float
    mean: np.ndarray
    deviation: np.ndarray
    is_constant: np.ndarray
    saturated: np.ndarray
    gradient: float | None
    is_finite: bool


@dataclass(frozen=True)
class ArrayFlow:
    """One trained array: root mean squares of its values and of the loss's gradient by them."""

    node: str
    name: str
    size: float
    gradient: float


@dataclass(frozen=True, eq=False)
class Flow:
    """All layers by their names in the engine, and all arrays that learn, in the order of the network."""

    samples: int
    layers: Mapping[str, LayerFlow]
    arrays: tuple[ArrayFlow, ...]

    @property
    def is_finite(self) -> bool:
        layers = all(layer.is_finite for layer in self.layers.values())
        return layers and all(np.isfinite(array.gradient) for array in self.arrays)


def flow_of(session: Evaluation, x: np.ndarray, y: np.ndarray, parameters: np.ndarray | None = None) -> Flow:
    """Flow of samples x (n, ...) with targets y, up to EVALUATION_BATCH, as training makes it.

    ``parameters``: other flat ones than the network's own.
    """
    program = session.gradients(x, y, parameters)
    count, layout = len(x), session.layout
    flat = session.parameters if parameters is None else parameters
    with np.errstate(all="ignore"):
        layers = {name: _layer(program, node, count) for name, node in layout.nodes.items()}
        arrays = (
            tuple(_array(program, slot, flat) for slot in _learning(session)) if len(program.grads) else ()
        )
    return Flow(count, layers, arrays)


def _learning(session: Evaluation) -> list[ParameterSlot]:
    nodes = session.layout.nodes
    return [s for s in session.layout.parameters if s.trained and not session.layout.is_frozen(nodes[s.node])]


def _array(program: Program, slot: ParameterSlot, flat: np.ndarray) -> ArrayFlow:
    values = flat[slot.offset : slot.offset + slot.size]
    return ArrayFlow(slot.node, slot.name, _rms(values), _rms(program.gradient(slot)))


def _layer(program: Program, node: Resolved, count: int) -> LayerFlow:
    values = program.activation(node.id, count)
    flat = values.reshape(count, -1)
    units = values.reshape(-1, values.shape[-1])
    between = flat.std(0, dtype=np.float64)
    gradient = program.output_gradient(node.id, count)
    return LayerFlow(
        float(np.sqrt((between**2).mean())), _rms(flat), units.mean(0, dtype=np.float64),
        units.std(0, dtype=np.float64), flat.max(0).reshape(-1, units.shape[1]).max(0)
        == flat.min(0).reshape(-1, units.shape[1]).min(0) if count > 1 else np.zeros(units.shape[1], bool),
        _at_limits(node, units), None if gradient is None else _rms(gradient),
        bool(np.isfinite(flat).all()),
    )  # fmt: skip


def _at_limits(node: Resolved, units: np.ndarray) -> np.ndarray:
    if not node.layer.saturates:
        return np.zeros(0)
    low, high = node.layer.limits
    reach = NEAR * (high - low)
    shares: np.ndarray = ((units < low + reach) | (units > high - reach)).mean(0)
    return shares


def _rms(values: np.ndarray) -> float:
    """Of a large array, of some of its values; it is 0 only where all of them are."""
    flat = values.reshape(-1)
    some = float(np.sqrt((flat[:: max(1, flat.size // MOST)].astype(np.float64) ** 2).mean()))
    if some or not flat.any():
        return some
    return float(np.sqrt((flat.astype(np.float64) ** 2).mean()))
