"""A layer made of other layers: it declares parts, and the plan runs those."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from nnkernels.graph.network import Resolved, resolve_node
from nnkernels.spec import Layer, Options, Parameter, Shape


class Composite(Layer):
    """Base: everything but ``parts`` follows from the parts.

    Its parameters are called "part.name". Frozen and shares pass on to the parts.
    """

    def resolved(self, options: Options, inputs: Sequence[Shape]) -> dict[str, Resolved]:
        """The parts with their shapes, by name. Raises NodeError."""
        shapes, parts = {str(i): shape for i, shape in enumerate(inputs)}, {}
        for part in self.parts(options, inputs):
            parts[part.id] = resolve_node(part, [shapes[s] for s in part.inputs], ())
            shapes[part.id] = parts[part.id].shape
        return parts

    def shape(self, options: Options, inputs: Sequence[Shape]) -> Shape:
        return list(self.resolved(options, inputs).values())[-1].shape

    def parameters(self, options: Options, inputs: Sequence[Shape]) -> tuple[Parameter, ...]:
        return tuple(
            replace(p, name=f"{part.id}.{p.name}")
            for part in self.resolved(options, inputs).values()
            for p in part.parameters
        )

    def flops(self, options: Options, inputs: Sequence[Shape]) -> int:
        parts = self.resolved(options, inputs).values()
        return sum(part.layer.flops(part.options, part.input_shapes) for part in parts)

    def reference(
        self, options: Options, inputs: Sequence[np.ndarray], parameters: Mapping[str, np.ndarray]
    ) -> np.ndarray:
        values, y = {str(i): x for i, x in enumerate(inputs)}, inputs[0]
        for name, part in self.resolved(options, [x.shape[1:] for x in inputs]).items():
            mine = {p.name: parameters[f"{name}.{p.name}"] for p in part.parameters}
            y = values[name] = part.layer.reference(part.options, [values[s] for s in part.inputs], mine)
        return y
