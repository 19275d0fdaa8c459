"""Finds what may be a layer of attention among the nodes of a graph: from a Softmax between two products of
values back to the projections, and on to the one behind. Whether it is one is proved as it is read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnstudio.importing.onnx_patterns import Nodes
from nnstudio.importing.onnx_values import OnnxNode

KIND = "group of attention"
# Attributes of such a node: the plan, and the nodes that it stands for.
PLAN, ALONE = "plan", "alone"
# Operators between projections and products, and those that make masks, scales and shapes.
MOVES = frozenset({"Transpose", "Reshape", "Squeeze", "Unsqueeze", "Identity"})
PICKS = frozenset({"Split", "Gather", "Slice"})
COMPARED = frozenset({"Equal", "Less", "Greater", "LessOrEqual", "GreaterOrEqual"})
INSIDE = COMPARED | MOVES | PICKS | {
    "MatMul", "Gemm", "Add", "Sub", "Mul", "Div", "Sqrt", "Softmax", "Where", "Not", "And", "Or", "IsNaN",
    "Cast", "CastLike", "Expand", "Trilu",
    "ConstantOfShape", "Shape", "Concat", "Mod", "Range", "Attention",
}  # fmt: skip
# Nodes on one way, and all that a group may have.
MOST_STEPS, MOST_NODES = 40, 600
STEPS_FIRST = [1, 0, 2]


class Projection(NamedTuple):
    """x W + b by the names of x, W, or its transpose, and b, or ""."""

    source: str
    weight: str
    bias: str
    is_transposed: bool


@dataclass(frozen=True, eq=False)
class Plan:
    """What may be one layer.

    Attributes:
        query, memory: what the projections take, of queries and of keys and values.
        masks: other values that it is computed from.
        shapes: values of which only the shapes matter.
        projections: of queries, keys, values, and of what the heads give.
        nodes: that compute the last one's output from all these, in order.
        weights: the output of the Softmax, or "" where the operator does it all.
    """

    query: str
    memory: str
    masks: tuple[str, ...]
    shapes: tuple[str, ...]
    projections: tuple[Projection, Projection, Projection, Projection]
    nodes: tuple[OnnxNode, ...]
    weights: str


def attention_grouped(
    nodes: Sequence[OnnxNode], outputs: Sequence[str], constants: Mapping[str, np.ndarray]
) -> tuple[OnnxNode, ...]:
    """The nodes with each group replaced by one node, which stands where the last of the group stood."""
    graph = _Graph(nodes, outputs, constants)
    last: dict[int, OnnxNode] = {}
    gone: set[int] = set()
    for node in nodes:
        if node.kind not in ("Softmax", "Attention"):
            continue
        try:
            plan = graph.plan(node)
        except (IndexError, TypeError, ValueError):
            # A node that lacks an input or has odd attributes; whoever reads it says so.
            plan = None
        if plan is None:
            continue
        end, inside = plan.nodes[-1], graph.only_inside(plan)
        if id(end) in last or {id(part) for part in (*inside, end)} & gone:
            continue
        sources = dict.fromkeys((plan.query, plan.memory, *plan.masks, *plan.shapes))
        alone = tuple(sorted((*inside, end), key=lambda part: graph.order[id(part)]))
        attributes = {PLAN: plan, ALONE: alone}
        last[id(end)] = OnnxNode(end.name, KIND, tuple(sources), end.outputs, attributes, inside)
        gone |= {id(part) for part in inside}
    return tuple(last.get(id(node), node) for node in nodes if id(node) not in gone)


class _Graph(Nodes):
    def __init__(
        self, nodes: Sequence[OnnxNode], outputs: Sequence[str], constants: Mapping[str, np.ndarray]
    ) -> None:
        super().__init__(nodes, outputs, constants)
        self.order = {id(node): number for number, node in enumerate(nodes)}
        # Names that follow from constants alone, and those that follow from these and from shapes.
        self.fixed, self.free = set(constants), set(constants)
        for node in nodes:
            sources = [source for source in node.inputs if source]
            if all(source in self.fixed for source in sources):
                self.fixed.update(node.outputs)
            if node.kind == "Shape" or all(source in self.free for source in sources):
                self.free.update(node.outputs)

        self.needed = set(outputs)
        for node in reversed(nodes):
            if self.needed & set(node.outputs):
                self.needed.update(node.inputs)

    def plan(self, core: OnnxNode) -> Plan | None:
        """A group around a Softmax, or the operator for all of it."""
        ways, product = core.inputs[:3], core
        if core.kind == "Softmax":
            scores, attended = self._scores(core.inputs[0]), self._attended(core)
            if scores is None or attended is None:
                return None
            ways, product = (*scores.inputs[:2], attended.inputs[1]), attended
        projections = [self._projection(name) for name in ways]
        end = self._behind(product)
        if end is None or len(projections) != 3 or None in projections:
            return None
        query, key, value = (p for p in projections if p is not None)
        last, node = end
        if key.source != value.source:
            return None
        return self._traced(core, (query, key, value, last), node)

    def only_inside(self, plan: Plan) -> tuple[OnnxNode, ...]:
        """The nodes of a plan, but the last, that nothing else takes, and what nothing needs behind them."""
        kept = {id(node): node for node in plan.nodes}
        waiting = [output for node in plan.nodes[:-1] for output in node.outputs]
        while waiting:
            for node in self.takers.get(waiting.pop(), []):
                if id(node) not in kept and not self.needed & set(node.outputs):
                    kept[id(node)] = node
                    waiting += node.outputs
        is_changed = True
        while is_changed:
            before = len(kept)
            kept = {key: n for key, n in kept.items() if n is plan.nodes[-1] or self._is_inside(n, kept)}
            is_changed = len(kept) < before
        return tuple(node for node in kept.values() if node is not plan.nodes[-1])

    def _is_inside(self, node: OnnxNode, kept: Mapping[int, OnnxNode]) -> bool:
        takers = [taker for output in node.outputs for taker in self.takers.get(output, [])]
        return not self.outputs & set(node.outputs) and all(id(taker) in kept for taker in takers)

    def _scores(self, name: str) -> OnnxNode | None:
        """The product of two values behind which there are only masks and scales."""
        waiting, seen = [name], {name}
        while waiting and len(seen) < MOST_STEPS:
            node = self.giver.get(waiting.pop(0))
            if node is None:
                continue
            if node.kind == "MatMul" and not self.free & set(node.inputs):
                return node
            if node.kind in ("Add", "Where", "Mul", "Div", "Reshape", "Cast"):
                others = [source for source in node.inputs[:3] if source not in self.free | seen]
                waiting += others
                seen.update(others)
        return None

    def _attended(self, softmax: OnnxNode) -> OnnxNode | None:
        """The product of the weights with the values."""
        name = softmax.outputs[0]
        for _ in range(6):
            takers = [node for node in self._takers(name) if node.kind != "IsNaN"]
            if len(takers) != 1 or name in self.outputs:
                return None
            if takers[0].kind == "MatMul":
                return takers[0] if takers[0].inputs[0] == name else None
            if takers[0].kind not in ("Mul", "Where", "Cast", "Reshape", "Identity"):
                return None
            name = takers[0].outputs[0]
        return None

    def _projection(self, name: str) -> Projection | None:
        """The product with a constant that a value is a part of."""
        bias = ""
        for _ in range(MOST_STEPS):
            node = self.giver.get(name)
            if node is None:
                return None
            if node.kind in ("MatMul", "Gemm"):
                return self._product(node, bias)
            if node.kind in MOVES | PICKS:
                name = node.inputs[0]
                continue
            others = [source for source in node.inputs if source not in self.free]
            if node.kind not in ("Add", "Mul", "Div") or len(others) != 1 or len(node.inputs) != 2:
                return None
            if node.kind == "Add":
                if bias:
                    return None
                bias = next(source for source in node.inputs if source != others[0])
            name = others[0]
        return None

    def _product(self, node: OnnxNode, bias: str) -> Projection | None:
        source, weight = node.inputs[:2]
        if weight not in self.free or (node.kind == "MatMul" and source in self.free):
            return None
        if node.kind == "Gemm":
            bias = node.inputs[2] if node.has(2) else bias
            before = self.giver.get(source)
            source = before.inputs[0] if before is not None and before.kind == "Reshape" else source
        before = self.giver.get(source)
        source = before.inputs[0] if before is not None and _turns_steps(before) else source
        return Projection(source, weight, bias, bool(node.attributes.get("transB", 0)))

    def _behind(self, product: OnnxNode) -> tuple[Projection, OnnxNode] | None:
        """The projection of what the heads give, and the node with which it ends."""
        node: OnnxNode | None = product
        for _ in range(MOST_STEPS):
            node = self._next(node)
            if node is None or node.kind not in MOVES:
                break
        if node is None or node.kind not in ("MatMul", "Gemm") or node.inputs[1] not in self.free:
            return None
        is_gemm, bias, end = node.kind == "Gemm", node.inputs[2] if node.has(2) else "", node
        after = self._next(end)
        if not bias and after is not None and after.kind == "Add" and set(after.inputs) & self.free:
            bias, end = next(source for source in after.inputs if source in self.free), after
        after = self._next(end)
        behind = self._next(after)
        if after is not None and after.kind == "Reshape":
            # Rows of all steps become sequences again; what only turned sequences around needs none.
            end = after if is_gemm or (behind is not None and _turns_steps(behind)) else end
        after = self._next(end)
        end = after if after is not None and _turns_steps(after) else end
        return Projection("", node.inputs[1], bias, bool(node.attributes.get("transB", 0))), end

    def _next(self, node: OnnxNode | None) -> OnnxNode | None:
        """The node that alone takes what another gives, but for its shape."""
        if node is None or node.outputs[0] in self.outputs:
            return None
        takers = self._takers(node.outputs[0])
        return takers[0] if len(takers) == 1 else None

    def _takers(self, name: str) -> list[OnnxNode]:
        """The nodes that take a value, not its shape alone, and that the outputs need."""
        takers = self.takers.get(name, [])
        return [n for n in takers if n.kind != "Shape" and self.needed & set(n.outputs)]

    def _traced(
        self, core: OnnxNode, projections: tuple[Projection, Projection, Projection, Projection],
        end: OnnxNode,
    ) -> Plan | None:  # fmt: skip
        """All nodes that the end is computed by, back to what enters."""
        query, memory = projections[0].source, projections[1].source
        known = {query, memory, ""} | self.fixed
        nodes, masks, shaped = self._back(end.outputs[0], known)
        shapes = []
        for name in shaped:
            others, leaves, _ = self._back(name, known)
            # What only its shape is taken of is computed, too, where nothing else enters it.
            if leaves - masks:
                shapes.append(name)
            else:
                nodes |= others
        ordered = tuple(sorted(nodes.values(), key=lambda node: self.order[id(node)]))
        if len(masks) > 1 or len(nodes) > MOST_NODES or not ordered or ordered[-1] is not end:
            return None
        weights = core.outputs[0] if core.kind == "Softmax" else ""
        return Plan(query, memory, tuple(masks), tuple(shapes), projections, ordered, weights)

    def _back(self, name: str, known: set[str]) -> tuple[dict[int, OnnxNode], set[str], list[str]]:
        """The nodes that compute a value from what is known; what else enters, and of what only the shape."""
        nodes: dict[int, OnnxNode] = {}
        leaves: set[str] = set()
        shaped: dict[str, None] = {}
        seen, waiting = set(known), [name]
        while waiting and len(nodes) <= MOST_NODES:
            name = waiting.pop()
            if name in seen:
                continue
            seen.add(name)
            node = self.giver.get(name)
            if node is None or node.kind not in INSIDE:
                leaves.add(name)
                continue
            nodes[id(node)] = node
            if node.kind == "Shape":
                shaped[node.inputs[0]] = None
            elif node.kind in COMPARED:
                # A mask is made of what is compared here, whatever that is.
                leaves |= {source for source in node.inputs if source not in self.free | known}
                waiting.extend(source for source in node.inputs if source in self.free)
            else:
                waiting.extend(node.inputs)
        return nodes, leaves, [name for name in shaped if name not in seen]


def _turns_steps(node: OnnxNode) -> bool:
    return node.kind == "Transpose" and list(node.attributes.get("perm") or []) == STEPS_FIRST


__all__ = ["KIND", "PLAN", "Plan", "Projection", "attention_grouped"]
