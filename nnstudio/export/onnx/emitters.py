"""How the nodes of each layer come about in ONNX: the table of emitters, and what an emitter is given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.spec import Role
from nnstudio.export.channels_first import Step
from nnstudio.export.onnx.graph import Graph

# Inputs become inputs of the graph and have no emitter.
INPUT_OPTIONS = frozenset({"columns"})


@dataclass(frozen=True, eq=False)
class Emission:
    """A step that becomes nodes of a graph.

    Attributes:
        inputs: names of the values that it takes.
        arrays: the step's arrays as nnstudio has them, by the names of its layer.
        shared: initialisers by the key under which another step may need them too.
    """

    graph: Graph
    step: Step
    inputs: tuple[str, ...]
    arrays: dict[str, np.ndarray]
    shared: dict[tuple[str, ...], str] = field(default_factory=dict)

    @property
    def options(self) -> Any:
        return self.step.options

    def op(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """A node between; the name of its output."""
        return self.graph.op(kind, inputs, f"{self.step.name}.{kind.lower()}", **attributes)

    def end(self, kind: str, *inputs: str, **attributes: Any) -> str:
        """The node that gives the step's value, with the step's name."""
        return self.graph.op(kind, inputs, self.step.name, **attributes)

    def weight(self, name: str, values: np.ndarray, lying: str = "") -> str:
        """An initialiser called after the node that owns it; once for all that share it and lay it alike."""
        key = (self.step.owner, name, lying, str(self.step.order is not None))
        if key not in self.shared:
            self.shared[key] = self.graph.constant(f"{self.step.owner}.{name}", values)
        return self.shared[key]

    def constant(self, name: str, values: Any, kind: Any = np.float32) -> str:
        """An initialiser that nobody trained."""
        return self.graph.constant(f"{self.step.name}.{name}", np.asarray(values, kind))

    def whole(self, name: str, *values: int) -> str:
        """A list of whole numbers, as nodes take shapes and axes."""
        return self.constant(name, values, np.int64)


Emit = Callable[[Emission], str]


@dataclass(frozen=True)
class Emitter:
    """Writes a layer's nodes and returns the name of their value; ``options`` are those that it heeds or that
    matter to training only, None for any.
    """

    emit: Emit
    options: frozenset[str] | None


EMITTERS: dict[str, Emitter] = {}


def emits(*layer_ids: str, options: str | None = "", training: str = "") -> Callable[[Emit], Emit]:
    """Decorator: the function writes these layers and heeds these options, names separated by blanks."""

    def add(emit: Emit) -> Emit:
        known = None if options is None else frozenset(options.split()) | {*training.split()}
        for layer_id in layer_ids:
            EMITTERS[layer_id] = Emitter(emit, known)
        return emit

    return add


def heeded(node: Resolved) -> frozenset[str] | None:
    """Options of a node that its emitter heeds; None for all."""
    return INPUT_OPTIONS if node.layer.role == Role.INPUT else EMITTERS[node.layer.id].options
