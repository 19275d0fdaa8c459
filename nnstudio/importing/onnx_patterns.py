"""Groups of nodes that are one layer: exporters write GELU, SiLU and others as the arithmetic behind them."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from nnstudio.importing.onnx_values import OnnxNode

# Beyond it, softplus(x) is x in float32.
LARGE = 17.0


class Nodes:
    """The nodes of a graph by what they give and take."""

    def __init__(
        self, nodes: Sequence[OnnxNode], outputs: Sequence[str], constants: Mapping[str, np.ndarray]
    ) -> None:
        self.outputs, self.constants = set(outputs), dict(constants)
        self.giver: dict[str, OnnxNode] = {}
        self.takers: dict[str, list[OnnxNode]] = {}
        for node in nodes:
            if node.kind == "Constant" and isinstance(node.attributes.get("value"), np.ndarray):
                self.constants[node.outputs[0]] = node.attributes["value"]
            for output in node.outputs:
                self.giver[output] = node
            for source in set(node.inputs):
                self.takers.setdefault(source, []).append(node)

    def taker(self, node: OnnxNode, kind: str) -> OnnxNode | None:
        """The node of a kind that alone takes what a node gives."""
        if not node.outputs or node.outputs[0] in self.outputs:
            return None
        takers = self.takers.get(node.outputs[0], [])
        return takers[0] if len(takers) == 1 and takers[0].kind == kind else None

    def other(self, node: OnnxNode, source: str) -> str:
        """The second input of a node with two."""
        if len(node.inputs) != 2 or source not in node.inputs or node.inputs[0] == node.inputs[1]:
            return ""
        return node.inputs[1 - node.inputs.index(source)]

    def number(self, name: str) -> float:
        """A constant of one number; NaN for all else."""
        array = self.constants.get(name)
        is_number = array is not None and array.size == 1 and array.dtype.kind in "fiub"
        return float(array.ravel()[0]) if is_number and array is not None else math.nan

    def scaled(self, name: str, factor: float) -> str:
        """What a value is the product of, with a factor; "" where it is none."""
        node = self.giver.get(name)
        if node is None or len(node.inputs) != 2:
            return ""
        if node.kind == "Div" and _near(self.number(node.inputs[1]), 1 / factor):
            return node.inputs[0]
        for at in (0, 1):
            if node.kind == "Mul" and _near(self.number(node.inputs[at]), factor):
                return node.inputs[1 - at]
        return ""


def _near(number: float, wanted: float) -> bool:
    return abs(number - wanted) <= 1e-3 * abs(wanted)


def grouped(
    nodes: Sequence[OnnxNode], outputs: Sequence[str], constants: Mapping[str, np.ndarray]
) -> tuple[OnnxNode, ...]:
    """The nodes with groups replaced by one node, which stands where the last of the group stood."""
    graph = Nodes(nodes, outputs, constants)
    gone: set[int] = set()
    last: dict[int, OnnxNode] = {}
    for node in nodes:
        for find in PATTERNS.get(node.kind, ()):
            group = find(graph, node)
            if group is None or any(id(part) in gone or id(part) in last for part in group.parts):
                continue
            end = group.parts[-1]
            inner = [part for part in group.parts[:-1] if _stays_inside(graph, part, group.parts)]
            gone |= {id(part) for part in inner}
            last[id(end)] = OnnxNode(
                end.name, group.kind, group.inputs, end.outputs, group.attributes, tuple(inner)
            )
            break
    return tuple(last.get(id(node), node) for node in nodes if id(node) not in gone)


def _stays_inside(graph: Nodes, part: OnnxNode, parts: Sequence[OnnxNode]) -> bool:
    """Whether only the group takes what a node gives."""
    inside = {id(p) for p in parts}
    takers = [taker for output in part.outputs for taker in graph.takers.get(output, [])]
    return not graph.outputs & set(part.outputs) and all(id(taker) in inside for taker in takers)


def _group(kind: str, source: str, *parts: OnnxNode, **attributes: float | str) -> OnnxNode:
    """A group as a node; its parts end with the one that gives the result."""
    return OnnxNode("", kind, (source,), (), attributes, parts)


def _silu(graph: Nodes, sigmoid: OnnxNode) -> OnnxNode | None:
    """x sigmoid(x)"""
    product = graph.taker(sigmoid, "Mul")
    if product is None or graph.other(product, sigmoid.outputs[0]) != sigmoid.inputs[0]:
        return None
    return _group("Silu", sigmoid.inputs[0], sigmoid, product)


def _gelu(graph: Nodes, erf: OnnxNode) -> OnnxNode | None:
    """x / 2 (1 + erf(x / √2)), its factors in any order."""
    source, before = graph.scaled(erf.inputs[0], math.sqrt(0.5)), graph.giver.get(erf.inputs[0])
    one = graph.taker(erf, "Add")
    if not source or before is None or one is None or graph.number(graph.other(one, erf.outputs[0])) != 1:
        return None
    return _halved(graph, source, [before, erf, one])


def _gelu_tanh(graph: Nodes, tanh: OnnxNode) -> OnnxNode | None:
    """x / 2 (1 + tanh(√(2/π) (x + 0.044715 x³)))"""
    inner = graph.scaled(tanh.inputs[0], math.sqrt(2 / math.pi))
    outer, total = graph.giver.get(tanh.inputs[0]), graph.giver.get(inner)
    one = graph.taker(tanh, "Add")
    if outer is None or total is None or total.kind != "Add" or len(total.inputs) != 2:
        return None
    if one is None or graph.number(graph.other(one, tanh.outputs[0])) != 1:
        return None
    for at in (0, 1):
        source, weighted = total.inputs[at], graph.giver.get(total.inputs[1 - at])
        cube = graph.scaled(total.inputs[1 - at], 0.044715)
        parts = _cube(graph, cube, source) if weighted is not None else None
        if parts is not None and weighted is not None:
            return _halved(graph, source, [*parts, weighted, total, outer, tanh, one], approximate="tanh")
    return None


def _cube(graph: Nodes, name: str, source: str) -> list[OnnxNode] | None:
    """The nodes that give the third power of a value."""
    node = graph.giver.get(name)
    if node is None or source not in node.inputs:
        return None
    if node.kind == "Pow":
        return [node] if node.inputs[0] == source and graph.number(node.inputs[1]) == 3 else None
    square = graph.giver.get(graph.other(node, source))
    is_cube = node.kind == "Mul" and square is not None and square.kind == "Mul"
    return [square, node] if is_cube and square is not None and set(square.inputs) == {source} else None


def _halved(graph: Nodes, source: str, parts: list[OnnxNode], **attributes: str) -> OnnxNode | None:
    """A GELU whose last part still lacks the factors x and 1/2."""
    product = graph.taker(parts[-1], "Mul")
    if product is None:
        return None
    other = graph.other(product, parts[-1].outputs[0])
    if graph.scaled(other, 0.5) == source:
        return _group("Gelu", source, graph.giver[other], *parts, product, **attributes)
    end = graph.taker(product, "Mul")
    if end is None:
        return None
    left = graph.other(end, product.outputs[0])
    halves = (other == source and _near(graph.number(left), 0.5)) or (
        left == source and _near(graph.number(other), 0.5)
    )
    return _group("Gelu", source, *parts, product, end, **attributes) if halves else None


def _softplus(graph: Nodes, softplus: OnnxNode) -> OnnxNode | None:
    """softplus(b x) / b, and what takes x itself where that is large, which is the same there."""
    source, parts, beta = softplus.inputs[0], [softplus], 1.0
    before = graph.giver.get(source)
    for at in (0, 1) if before is not None and before.kind == "Mul" and len(before.inputs) == 2 else ():
        assert before is not None
        end = _divided(graph, softplus, graph.number(before.inputs[at]))
        if end is not None:
            source, beta = before.inputs[1 - at], graph.number(before.inputs[at])
            parts = [before, softplus, end]
            break
    where = graph.taker(parts[-1], "Where")
    greater = graph.giver.get(where.inputs[0]) if where is not None else None
    if where is not None and greater is not None and greater.kind == "Greater":
        is_same = where.inputs[1:] == (source, parts[-1].outputs[0])
        is_large = graph.number(greater.inputs[1]) >= LARGE
        if is_same and is_large and greater.inputs[0] in (source, softplus.inputs[0]):
            parts += [greater, where]
    return _group("Softplus", source, *parts, beta=beta) if len(parts) > 1 else None


def _divided(graph: Nodes, softplus: OnnxNode, beta: float) -> OnnxNode | None:
    """The node that divides by a number."""
    for kind, wanted in (("Div", beta), ("Mul", 1 / beta if beta else math.nan)):
        end = graph.taker(softplus, kind)
        if end is None or (kind == "Div" and end.inputs[0] != softplus.outputs[0]):
            continue
        if _near(graph.number(graph.other(end, softplus.outputs[0])), wanted):
            return end
    return None


def _step(graph: Nodes, greater: OnnxNode) -> OnnxNode | None:
    """1 where x > 0"""
    end = graph.taker(greater, "Cast")
    if end is None or graph.number(greater.inputs[1]) != 0 or end.attributes.get("to") != 1:
        return None
    return _group("Step", greater.inputs[0], greater, end)


def _words(graph: Nodes, gather: OnnxNode) -> OnnxNode | None:
    """A table of words whose numbers were made whole, and perhaps kept inside of it, before."""
    table, cast = graph.constants.get(gather.inputs[0]), graph.giver.get(gather.inputs[1])
    if table is None or cast is None or cast.kind != "Cast" or cast.attributes.get("to") not in (6, 7):
        return None
    source, parts = cast.inputs[0], [cast, gather]
    clip = graph.giver.get(source)
    bounds = [graph.number(name) for name in clip.inputs[1:]] if clip is not None else []
    if clip is not None and clip.kind == "Clip" and bounds == [0, len(table) - 1]:
        source, parts = clip.inputs[0], [clip, cast, gather]
    return OnnxNode("", "Gather", (gather.inputs[0], source), (), gather.attributes, tuple(parts))


PATTERNS: Mapping[str, tuple[Callable[[Nodes, OnnxNode], OnnxNode | None], ...]] = {
    "Sigmoid": (_silu,), "Erf": (_gelu,), "Tanh": (_gelu_tanh,), "Softplus": (_softplus,),
    "Greater": (_step,), "Gather": (_words,),
}  # fmt: skip
