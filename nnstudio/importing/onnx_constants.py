"""What nodes compute from constants alone, and shapes as constants."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode

# Values that a folded array may have beside those that it is made of: a file must not ask for all memory.
MOST_VALUES = 2**24
# What may be done to a shape whose first number stands for the batch.
KEEPS_BATCH = frozenset({"Gather", "Slice", "Concat", "Unsqueeze", "Squeeze", "Cast", "Identity", "Reshape"})
KNOWN = ("value", "value_float", "value_int", "value_floats", "value_ints")
# Operators that draw numbers are no constants.
DRAWS = ("Random", "Bernoulli", "Multinomial")


def is_foldable(graph: GraphReader, node: OnnxNode) -> bool:
    """Whether a node computes with constants only."""
    return all(source in graph.constants for source in node.inputs if source) and not any(
        node.kind.startswith(name) for name in DRAWS
    )


def shape_of(graph: GraphReader, node: OnnxNode) -> None:
    """The shape of a value as a constant; the batch is 0 in it, which is what Reshape takes for it."""
    value = graph.values[node.inputs[0]]
    shape = list(value.file_shape)
    shape.insert(value.batch, 0)
    start, end = node.attributes.get("start", 0), node.attributes.get("end")
    graph.constants[node.outputs[0]] = np.array(shape[start:end], np.int64)
    graph.with_batch.add(node.outputs[0])


def fold(graph: GraphReader, node: OnnxNode) -> None:
    """Compute a node and keep its results as constants. Raises NotExpressible."""
    if node.kind == "Constant":
        values = [node.attributes[name] for name in KNOWN if name in node.attributes]
        if not values:
            raise NotExpressible("Constants of this kind are not read.")
        graph.constants[node.outputs[0]] = np.asarray(values[0])
        return
    has_batch = any(source in graph.with_batch for source in node.inputs)
    if has_batch and node.kind in ("ConstantOfShape", "Expand"):
        # The same for each sample, as many as there are: one stands for all.
        shape = np.maximum(graph.constants[node.inputs[-1]], 1)
        part = OnnxNode(node.name, node.kind, (*node.inputs[:-1], "shape"), node.outputs, node.attributes)
        (array,) = computed(part, {**graph.constants, "shape": shape}, graph.opset)
        graph.constants[node.outputs[0]] = array
        graph.repeated.add(node.outputs[0])
        return
    if any(source in graph.repeated for source in node.inputs):
        if node.kind == "Shape":
            raise NotExpressible("It computes with the number of samples, which a layer does not know.")
        graph.repeated |= set(node.outputs)
    if has_batch and node.kind not in KEEPS_BATCH:
        raise NotExpressible("It computes with the number of samples, which a layer does not know.")
    for output, array in zip(node.outputs, computed(node, graph.constants, graph.opset), strict=False):
        if has_batch and 0 in np.asarray(array):
            graph.with_batch.add(output)
        graph.constants[output] = np.asarray(array)


def computed(node: OnnxNode, constants: Mapping[str, np.ndarray], version: int) -> list[np.ndarray]:
    """What a node gives for arrays. Raises NotExpressible where that fails, or is larger than a network."""
    from onnx import TensorProto, helper, numpy_helper
    from onnx.reference import ReferenceEvaluator

    given = {source: constants[source] for source in node.inputs if source}
    if node.kind in ("Expand", "ConstantOfShape", "Tile", "Range", "Pad", "Resize", "OneHot"):
        _check_size(node, given)
    if "." in node.kind or any(isinstance(v, str) and v == "a graph" for v in node.attributes.values()):
        raise NotExpressible("It computes with constants in a way that is not read.")
    attributes = {
        name: numpy_helper.from_array(value) if isinstance(value, np.ndarray) else value
        for name, value in node.attributes.items()
    }
    single = helper.make_node(node.kind, list(node.inputs), list(node.outputs), **attributes)
    inputs = [helper.make_tensor_value_info(n, TensorProto.UNDEFINED, None) for n in given]
    outputs = [helper.make_tensor_value_info(n, TensorProto.UNDEFINED, None) for n in node.outputs if n]
    opset = [helper.make_opsetid("", version)]
    model = helper.make_model(helper.make_graph([single], "g", inputs, outputs), opset_imports=opset)
    try:
        with np.errstate(all="ignore"):
            return list(ReferenceEvaluator(model).run(None, given))
    # The reference raises whatever NumPy and its own code raise.
    except Exception as error:
        raise NotExpressible(f"It computes with constants, which failed: {error}") from error


def _check_size(node: OnnxNode, given: dict[str, np.ndarray]) -> None:
    """Raise NotExpressible where numbers in the inputs ask for more than a network has."""
    # Of the others, the last input alone says how large it becomes.
    all_count = node.kind in ("Range", "Pad", "Resize", "OneHot")
    for array in list(given.values())[0 if all_count else -1 :]:
        numbers = array.astype(np.float64).ravel() if array.dtype.kind in "iuf" else np.zeros(1)
        sizes = np.maximum(np.abs(numbers), 1)
        most = sizes.max(initial=1) if node.kind == "Range" else np.prod(sizes)
        if array.size < 64 and most > MOST_VALUES:
            raise NotExpressible("It makes a constant that is larger than a network has.")
