"""Which nodes can give values below 0: it follows from layers and data, not from the sample that is shown."""

from __future__ import annotations

import math
from collections.abc import Sequence

from nnkernels.graph.network import Resolved
from nnkernels.spec import UNBOUNDED, Role
from nnkernels.spec.declarations import Bounds
from nnstudio.training.evaluation import Evaluation

# Without weights, and yet below 0 where nothing is that enters.
CROSSING = frozenset({"noise", "layernorm", "positionalencoding", "subtract", "log_softmax"})
NEVER_BELOW = (0.0, math.inf)


def signed_nodes(session: Evaluation) -> frozenset[str]:
    """The nodes of the engine that can give values below 0; of an Input, the data decide."""
    return frozenset(name for name, (low, _) in bounds_by_node(session).items() if low < 0)


def share_nodes(session: Evaluation) -> frozenset[str]:
    """Those that give nothing below 0 or above 1, such as probabilities."""
    return frozenset(name for name, (low, high) in bounds_by_node(session).items() if low >= 0 and high <= 1)


def bounds_by_node(session: Evaluation) -> dict[str, Bounds]:
    """The least and the greatest value that each node of the engine can come close to."""
    given = UNBOUNDED if session.data.goes_below_zero else NEVER_BELOW
    bounds: dict[str, Bounds] = {}
    for name, node in session.layout.nodes.items():
        is_input = node.layer.role == Role.INPUT
        bounds[name] = given if is_input else bounds_of(node, [bounds[source] for source in node.inputs])
    return bounds


def bounds_of(node: Resolved, entering: Sequence[Bounds]) -> Bounds:
    """What `Layer.bounds` says, and where it says nothing of layers without weights: that they hand on what
    comes in, such as a pool or a sum, which is never below 0 where nothing is that enters.
    """
    low, high = node.layer.bounds(node.options, node.input_shapes, entering)
    is_open = math.isinf(low) and low < 0 and not node.parameters and _hands_on(node)
    return (0.0, high) if is_open and all(least >= 0 for least, _ in entering) else (low, high)


def _hands_on(node: Resolved) -> bool:
    match node.layer.id:
        case "function":
            return bool(node.options["function"] != "log")
        case "pad1d" | "pad2d":
            return bool(node.options["value"] >= 0)
        case other:
            return other not in CROSSING
