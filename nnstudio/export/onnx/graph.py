"""An ONNX graph as it grows: nodes, initialisers, inputs and outputs, each name once."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

# LayerNormalization is there since 17; ONNX Runtime reads it since 1.12.
OPSET, ML_OPSET, IR_VERSION = 17, 3, 8
ML_DOMAIN = "ai.onnx.ml"
BATCH = "batch"


class Graph:
    """The parts of a model; nothing imports onnx before `finished`, or an array is added."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._initialisers: dict[str, Any] = {}
        self._inputs: list[Any] = []
        self._outputs: list[Any] = []
        self._names: set[str] = set()
        self._uses_ml = False

    def name(self, wanted: str) -> str:
        """The wanted name without characters that programs trip over, with a number where it is taken."""
        plain = re.sub(r"[^A-Za-z0-9_./]", "_", wanted) or "_"
        plain = f"_{plain}" if plain[0].isdigit() else plain
        name, count = plain, 1
        while name in self._names:
            count += 1
            name = f"{plain}_{count}"
        self._names.add(name)
        return name

    def input(self, name: str, shape: Sequence[int], kind: str = "FLOAT") -> str:
        """A graph input ``(batch, *shape)``; returns its name."""
        name = self.name(name)
        self._inputs.append(_info(name, shape, kind))
        return name

    def output(self, value: str, name: str, shape: Sequence[int], kind: str = "FLOAT") -> str:
        """Give a value out under a name, as ``(batch, *shape)``; returns that name."""
        name = self.op("Identity", [value], name)
        self._outputs.append(_info(name, shape, kind))
        return name

    def constant(self, name: str, values: np.ndarray) -> str:
        """An initialiser, of float32 where values are floats; returns its name."""
        from onnx import numpy_helper

        name = self.name(name)
        kept = values.astype(np.float32) if values.dtype.kind == "f" else values
        self._initialisers[name] = numpy_helper.from_array(np.ascontiguousarray(kept), name)
        return name

    def op(self, kind: str, inputs: Sequence[str], name: str, domain: str = "", **attributes: Any) -> str:
        """A node with one output, both of this name; returns it."""
        return self.ops(kind, inputs, name, 1, domain, **attributes)[0]

    def ops(
        self, kind: str, inputs: Sequence[str], name: str, count: int, domain: str = "", **attributes: Any
    ) -> list[str]:
        """A node with several outputs; returns their names."""
        from onnx import helper

        self._uses_ml |= domain == ML_DOMAIN
        outputs = [self.name(name) for _ in range(count)]
        self._nodes.append(
            helper.make_node(kind, list(inputs), outputs, outputs[0], domain=domain, **attributes)
        )
        return outputs

    def finished(self, name: str, text: str, version: str, metadata: Mapping[str, str]) -> Any:
        """The model, a ``ModelProto``, checked. Raises what the checker raises."""
        import onnx
        from onnx import helper

        graph = helper.make_graph(
            self._nodes, name, self._inputs, self._outputs, list(self._initialisers.values()), text
        )
        opsets = [helper.make_opsetid("", OPSET)]
        if self._uses_ml:
            opsets.append(helper.make_opsetid(ML_DOMAIN, ML_OPSET))
        model = helper.make_model(
            graph, opset_imports=opsets, ir_version=IR_VERSION, producer_name="nnstudio",
            producer_version=version, doc_string=text,
        )  # fmt: skip
        helper.set_model_props(model, dict(metadata))
        onnx.checker.check_model(model, full_check=True)
        return model


def _info(name: str, shape: Sequence[int], kind: str) -> Any:
    from onnx import TensorProto, helper

    return helper.make_tensor_value_info(name, getattr(TensorProto, kind), [BATCH, *shape])
