"""Where activations and their gradients lie in the flat buffers of a Program.

Samples go through a network chunk by chunk, and one chunk may be on its way back while another is
on its way forth. So memory may be used again only by values of the same size per sample: then a
chunk never touches another one's part.
"""

from __future__ import annotations

from nnkernels.network import Resolved
from nnkernels.program import Layout
from nnkernels.spec import Shape, size_of

# A port that reads a node: (consumer, number of its input). A loss reads as (its Output, 0).
Port = tuple[str, int]


def _rounded(size: int) -> int:
    """The next multiple of a cache line of float32."""
    return -(-size // 16) * 16


def place_activations(layout: Layout, batch: int, training: bool) -> tuple[dict[str, tuple[int, Shape]], int]:
    """Node id to (offset, shape of one sample), and the size of the buffer; a view is its input's memory."""
    where: dict[str, tuple[int, Shape]] = {}
    size = 0
    for node in layout.nodes.values():
        if node.inputs and node.layer.is_view(node.options, training):
            where[node.id] = (where[node.inputs[0]][0], node.shape)
            continue
        where[node.id] = (size, node.shape)
        size += _rounded(size_of(node.shape) * batch)
    return where, size


class Gradients:
    """Gradients of outputs, and of links where an output feeds several nodes.

    Attributes:
        dy: node id to the offset of its output's gradient; only nodes that need one.
        edges: port to the offset of the gradient that it gives back.
        consumers: node id to the ports that give something back.
        behind: nodes behind the logits, which only serve prediction.
        size: length of the buffer.

    With ``kept`` no memory is used again, so that all gradients can be read after a pass.
    """

    def __init__(self, layout: Layout, batch: int, kept: bool = False) -> None:
        self.dy: dict[str, int] = {}
        self.edges: dict[Port, int] = {}
        self.size = 0
        self._nodes, self._batch, self._kept = layout.nodes, batch, kept
        self._free: dict[int, list[int]] = {}
        self._logits = {target.node: target.logits for target in layout.targets}
        self._needs: dict[str, bool] = {}
        for node in self._nodes.values():
            self._needs[node.id] = node.learns or any(self._needs[s] for s in node.inputs)
        self.behind = set(self._logits)
        for output, before in self._logits.items():
            self.behind |= set(self._nodes[output].inputs) - {before}
        self.consumers = self._find_consumers()
        self._walk_back()

    def _find_consumers(self) -> dict[str, list[Port]]:
        made: dict[str, list[Port]] = {name: [] for name in self._nodes}
        for node in self._nodes.values():
            if node.id not in self.behind:
                for port, source in enumerate(node.inputs):
                    made[source].append((node.id, port))
        for output, before in self._logits.items():
            made[before].append((output, 0))
        return made

    def _walk_back(self) -> None:
        """In the order of the backward pass, give memory out and take it back."""
        for output, before in self._logits.items():
            if self._needs[before]:
                self._give((output, 0), self._nodes[before])
        for node in reversed(list(self._nodes.values())):
            if node.id in self.behind or not self._needs[node.id]:
                continue
            size = size_of(node.shape) * self._batch
            ports = self.consumers[node.id]
            if len(ports) > 1:
                self.dy[node.id] = self._take(size)
                for port in ports:
                    if not self._is_view(port[0]):
                        self._release(self.edges[port], size)
            for number, source in enumerate(node.inputs):
                if self._needs[source]:
                    self._give((node.id, number), self._nodes[source])
            if not self._is_view(node.id) and not (node.learns and node.layer.sweeps_gradient):
                self._release(self.dy[node.id], size)

    def _is_view(self, node: str) -> bool:
        """Whether a node gives its own gradient back as it is; a loss makes a new one."""
        found = self._nodes[node]
        return node not in self._logits and found.layer.is_view(found.options, True)

    def _give(self, port: Port, source: Resolved) -> None:
        """Place the gradient that a port gives back to its source."""
        size = size_of(source.shape) * self._batch
        self.edges[port] = self.dy[port[0]] if self._is_view(port[0]) else self._take(size)
        if len(self.consumers[source.id]) == 1:
            self.dy[source.id] = self.edges[port]

    def _take(self, size: int) -> int:
        """Room for ``size`` values, used again where nothing needs it any more."""
        if self._free.get(size):
            return self._free[size].pop()
        at = self.size
        self.size += _rounded(size)
        return at

    def _release(self, at: int, size: int) -> None:
        if not self._kept:
            self._free.setdefault(size, []).append(at)
