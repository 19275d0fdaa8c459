"""The part of a network behind one of its nodes, run by itself: an autoencoder's decoder, for one."""

from __future__ import annotations

import numpy as np

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.planning.plan import build
from nnkernels.program import Layout
from nnkernels.spec import Role

# What the values that enter are called; no node of a network has a name with a blank in it.
ENTERS = "what enters"


def nodes_behind(layout: Layout, node: str) -> frozenset[str]:
    """The nodes between a node and the output, which is one of them; none where a path leads around it."""
    behind, waiting = set[str](), [layout.output]
    while waiting:
        name = waiting.pop()
        if name == node or name in behind:
            continue
        if layout.nodes[name].layer.role == Role.INPUT:
            return frozenset()
        behind.add(name)
        waiting += layout.nodes[name].inputs
    return frozenset(behind)


class Behind:
    """What the output gives by the values of a node that all paths lead through, for ``batch`` samples."""

    def __init__(self, whole: Layout, node: str, loss: str, target_width: int, batch: int) -> None:
        within, nodes = nodes_behind(whole, node), [NodeSpec(ENTERS, "input")]
        for name, resolved in whole.nodes.items():
            if name in within:
                inputs = tuple(ENTERS if source == node else source for source in resolved.inputs)
                # Whose weights it shares may lie before the node: they are put in by their owner's name.
                own = {"shares": ""} if "shares" in resolved.options else {}
                nodes.append(NodeSpec(name, resolved.layer.id, {**resolved.options, **own}, inputs))
        shape = whole.nodes[node].shape
        self.layout = Layout.of(NetworkSpec(tuple(nodes)), shape, loss)
        self._program = build(self.layout, shape, loss, None, batch, target_width, keep=(self.layout.output,))
        self._targets = np.zeros((batch, target_width), np.float32)
        slots = {(slot.node, slot.name): slot for slot in whole.parameters}
        # Where each array lies, and where it lies in the whole network.
        self._slots = [(slot, slots[whole.owners[slot.node], slot.name]) for slot in self.layout.parameters]

    def predict(self, parameters: np.ndarray, values: np.ndarray, threads: int) -> np.ndarray:
        """The output `(batch, *shape)` for values `(batch, *shape)` of the node, float32; ``parameters`` are
        the flat ones of the whole network.
        """
        flat = np.empty(self.layout.parameter_count, np.float32)
        for slot, source in self._slots:
            flat[slot.offset :][: slot.size] = parameters[source.offset :][: source.size]
        program, batch = self._program, len(values)
        program.set_parameters(flat)
        program.set_data(values.astype(np.float32), self._targets, np.arange(batch))
        program.run(1, threads)
        return program.activation(self.layout.output, batch).copy()
