"""DepthToSpace and SpaceToDepth: values between channels and blocks of pixels, as Reshape and Permute."""

from __future__ import annotations

from dataclasses import replace

from nnkernels.spec import Shape
from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value


@reads("DepthToSpace", "SpaceToDepth")
def _blocks(graph: GraphReader, node: OnnxNode) -> Value:
    value, size = graph.first(graph.value(node.inputs[0])), int(node.attributes["blocksize"])
    shape = value.shape or ()
    if len(shape) != 3 or size < 1:
        raise NotExpressible("Blocks of pixels are read in pictures only.")
    height, width, channels = shape
    mode = node.attributes.get("mode", "DCR")
    by_channel = (mode.decode() if isinstance(mode, bytes) else mode) == "CRD"
    if node.kind == "SpaceToDepth":
        if height % size or width % size:
            raise NotExpressible(f"{height} × {width} pixels are no blocks of {size} × {size}.")
        height, width = height // size, width // size
        apart: Shape = (height, size, width, size, channels)
        order = "1, 3, 5, 2, 4" if by_channel else "1, 3, 2, 4, 5"
        return _turned(graph, value, apart, order, (height, width, size * size * channels))
    left = channels // (size * size)
    if channels % (size * size):
        raise NotExpressible(f"{channels} channels are no blocks of {size} × {size}.")
    whole = (height * size, width * size, left)
    if by_channel:
        return _turned(graph, value, (height, width, left, size, size), "1, 4, 2, 5, 3", whole)
    return _turned(graph, value, (height, width, size, size, left), "1, 3, 2, 4, 5", whole)


def _turned(graph: GraphReader, value: Value, apart: Shape, axes: str, whole: Shape) -> Value:
    """The value in a shape with more axes, those in another order, and in one shape again."""
    plain = Value(graph.reshaped(value.node, apart), apart, tuple(range(len(apart))))
    turned = graph.layer("permute", [plain], {"axes": axes})
    return replace(value, node=graph.reshaped(turned.node, whole), shape=whole)
