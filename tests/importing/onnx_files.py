"""Small ONNX files for tests."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

rng = np.random.default_rng(3)


def draw(*shape: int) -> np.ndarray:
    return rng.normal(size=shape).astype(np.float32)


def saved(path, nodes, shape, out, arrays, opset=17, check=True):
    """An ONNX file with one input "x" and one output "y"."""
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", *shape])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", *out])],
        [numpy_helper.from_array(np.asarray(v), k) for k, v in arrays.items()],
    )  # fmt: skip
    file = path / "net.onnx"
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)])
    if check:
        onnx.checker.check_model(model)
    onnx.save(model, str(file))
    return file
