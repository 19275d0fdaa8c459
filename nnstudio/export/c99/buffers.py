"""Where values lie in the workspace of a network in C: what is no longer needed makes room."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from nnkernels.graph.network import Resolved
from nnkernels.spec import size_of
from nnstudio.export.channels_first import IDLE

# What leaves its input as it lies.
VIEWS = IDLE | {"flatten", "reshape"}
# What may write over its only input, value by value.
VALUE_BY_VALUE = frozenset({
    "relu", "sigmoid", "tanh", "selu", "gelu", "silu", "softplus", "step", "square", "sine", "leaky_relu",
    "elu", "prelu", "softmax", "log_softmax", "function", "clamp", "batchnorm", "layernorm",
    "positionalencoding",
})  # fmt: skip


@dataclass
class Workspace:
    """A flat array of floats.

    Attributes:
        size: of it.
        at: where the values of each node begin.
        scratch: where a node's own scratch begins.
    """

    size: int = 0
    at: dict[str, int] = field(default_factory=dict)
    scratch: dict[str, int] = field(default_factory=dict)


def is_view(node: Resolved) -> bool:
    """Whether a node's values are those of its input, or of the sample."""
    if node.layer.id == "input":
        return str(node.options["columns"]).strip().lower() in ("all", "")
    return node.layer.id in VIEWS


def planned(nodes: Sequence[Resolved], sample: int, scratch: Mapping[str, int]) -> Workspace:
    """The sample lies under the name ""; ``scratch`` are floats that nodes need beside their values."""
    source = {"": ""}
    for node in nodes:
        source[node.id] = source[node.inputs[0] if node.inputs else ""] if is_view(node) else node.id
    last: dict[str, int] = {"": 0}
    for time, node in enumerate(nodes):
        for name in (*(node.inputs or ("",)), node.id):
            last[source[name]] = time
    result, taken = Workspace(), _Taken()
    owners = {"": taken.take(sample, 0, last[""])}
    result.at[""] = owners[""]
    for time, node in enumerate(nodes):
        name = node.id
        if is_view(node):
            result.at[name] = result.at[source[name]]
            continue
        before = source[node.inputs[0]] if node.inputs else ""
        if node.layer.id in VALUE_BY_VALUE and last[before] == time:
            result.at[name] = result.at[before]
            taken.prolong(result.at[name], last[name])
        else:
            result.at[name] = taken.take(size_of(node.shape), time, last[name])
        if scratch.get(name):
            result.scratch[name] = taken.take(scratch[name], time, time)
    result.size = max(taken.size, 1)
    return result


class _Taken:
    """Stretches of the workspace with the times at which they are in use."""

    def __init__(self) -> None:
        self.stretches: list[list[int]] = []
        self.size = 0

    def take(self, count: int, first: int, last: int) -> int:
        """The first room that is free from now on."""
        busy = sorted((at, n) for at, n, until in self.stretches if until >= first)
        start = 0
        for at, n in busy:
            if start + count <= at:
                break
            start = max(start, at + n)
        self.stretches.append([start, count, last])
        self.size = max(self.size, start + count)
        return start

    def prolong(self, start: int, last: int) -> None:
        """What lies there stays for longer."""
        stretch = max((s for s in self.stretches if s[0] == start), key=lambda s: s[2])
        stretch[2] = max(stretch[2], last)
