"""ONNX files: read without running anything, nothing outside the file, memory bounded by its size."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.data.progress import each, part
from nnstudio.importing.importer import Imported, Importer, importers
from nnstudio.importing.onnx_attention_groups import attention_grouped
from nnstudio.importing.onnx_graph import GraphReader, OnnxGraph
from nnstudio.importing.onnx_ops import build
from nnstudio.importing.onnx_patterns import grouped
from nnstudio.importing.onnx_values import OnnxNode
from nnstudio.importing.onnx_written import as_written, without_unscaling
from nnstudio.model.atomic_file import FileError

# Types of arrays; names of ONNX.
TYPES = frozenset({
    "FLOAT", "DOUBLE", "FLOAT16", "INT64", "INT32", "INT16", "INT8", "UINT8", "UINT16", "UINT32", "UINT64",
    "BOOL",
})  # fmt: skip
# A protocol buffer is no larger.
MAX_BYTES = 2**31
# Shares of the time when the file is parsed, and when its arrays are decoded.
PARSED, DECODED = 0.2, 0.4


@importers.register
class OnnxFile(Importer):
    """The nodes of the main graph; weights must lie in the file itself."""

    id = "onnx"
    title = "ONNX"
    help = "Written by PyTorch, Keras, scikit-learn and others."
    suffixes = (".onnx",)

    def read(self, path: Path) -> Imported:
        model = _parsed(path)
        graph = model.graph
        with part(PARSED, DECODED):
            constants = {_text(tensor.name): _array(tensor, path) for tensor in each(graph.initializer)}
        if graph.sparse_initializer or model.functions:
            raise FileError(
                f"'{path.name}' has sparse weights or functions of its own, which are not read yet. "
                "Export it without them."
            )
        opset = next((o.version for o in model.opset_import if o.domain in ("", "ai.onnx")), 0)
        inputs = {_text(v.name): _dims(v) for v in graph.input if _text(v.name) not in constants}
        metadata = {_text(entry.key): _text(entry.value) for entry in model.metadata_props}
        outputs = _without_answers([_text(value.name) for value in graph.output], metadata)
        given = [_node(node, n, path) for n, node in enumerate(graph.node)]
        _check_names(path, [_text(v.name) for v in graph.input], given)
        given, told = without_unscaling(given, constants, metadata)
        nodes = grouped(attention_grouped(given, outputs, constants), outputs, constants)
        inferred = cache(lambda: _inferred(model))
        read = OnnxGraph(
            path.name, opset, nodes, inputs, outputs, constants, told,
            lambda: {_text(value.name): _dims(value) for value in inferred().value_info},
            lambda: _wholes(inferred()),
        )  # fmt: skip
        # Numbers that a file holds may overflow where they are put together; what is no number stays so.
        with np.errstate(over="ignore", invalid="ignore"), part(DECODED, 1.0):
            imported = _read(read)
        return as_written(model, imported) or imported


def _read(graph: OnnxGraph) -> Imported:
    """The graph by samples along an axis; where that leaves nodes unread and no axis is open, with each array
    as one sample if that leaves none. Raises FileError.
    """
    whole = replace(graph, constants=dict(graph.constants), has_whole_arrays=True)
    has_open_axes = any(min(shape, default=1) < 1 for shape in graph.inputs.values())
    imported, refused = None, None
    try:
        imported = GraphReader(graph, build).read()
    except FileError as error:
        refused = error
    if not has_open_axes and (imported is None or imported.unread):
        try:
            again = GraphReader(whole, build).read()
        except FileError:
            again = None
        imported = again if again is not None and not again.unread else imported
    if imported is None:
        assert refused is not None
        raise refused
    return imported


def _check_names(path: Path, inputs: Sequence[str], nodes: Sequence[OnnxNode]) -> None:
    """Raise FileError where two nodes, or inputs, give a value of one name."""
    names = Counter([*inputs, *(name for node in nodes for name in node.outputs if name)])
    twice = [name for name, times in names.items() if times > 1]
    if twice:
        raise FileError(
            f"'{path.name}' gives '{twice[0][:80]}' twice, so which of the two is meant cannot be told. Give "
            "each value a name of its own, and export it again."
        )


def _without_answers(outputs: list[str], metadata: Mapping[str, str]) -> list[str]:
    """Those of the network, where nnstudio wrote a graph that also names classes or scales targets back."""
    if "rows" not in metadata:
        return outputs
    has_classes = metadata.get("classes", "[]") != "[]"
    return outputs[: -2 if has_classes else -1] or outputs


def _wholes(graph: Any) -> frozenset[str]:
    """Names of values that are whole numbers, as far as that follows from the file."""
    from onnx import TensorProto

    kinds = {getattr(TensorProto, name) for name in TYPES if "INT" in name}
    values = (*graph.input, *graph.value_info)
    return frozenset(_text(value.name) for value in values if value.type.tensor_type.elem_type in kinds)


def _inferred(model: Any) -> Any:
    """The graph with what follows from the file of values between."""
    from onnx import shape_inference

    try:
        return shape_inference.infer_shapes(model).graph
    # It raises errors of its own, of which it tells no base class.
    except Exception:
        return model.graph


def _parsed(path: Path) -> Any:
    try:
        import onnx
    except ImportError as error:
        raise FileError("Reading ONNX needs the package onnx: pip install nnstudio[onnx]") from error
    from google.protobuf.message import DecodeError

    try:
        if path.stat().st_size > MAX_BYTES:
            raise FileError(f"'{path.name}' is larger than 2 GiB, more than an ONNX file can be.")
        model = onnx.load(str(path), load_external_data=False)
    except OSError as error:
        raise FileError(f"'{path}' cannot be read: {error.strerror}.") from error
    except DecodeError as error:
        raise FileError(f"'{path.name}' is not an ONNX file, or is cut off. Export it again.") from error
    if not model.graph.node:
        raise FileError(f"'{path.name}' holds no nodes; it is not an ONNX network. Export it again.")
    return model


def _array(tensor: Any, path: Path) -> np.ndarray:
    """A stored array, its size compared with its data before memory is taken."""
    from onnx import TensorProto, helper, numpy_helper

    where = f"The array '{tensor.name}' of '{path.name}'"
    if tensor.data_location == TensorProto.EXTERNAL or tensor.external_data:
        raise FileError(f"{where} lies in another file, which is not read. Export with the weights inside.")
    if tensor.data_type == TensorProto.STRING:
        if len(tensor.string_data) != math.prod(tensor.dims):
            raise FileError(f"{where} claims shape {tuple(tensor.dims)} but holds {len(tensor.string_data)}.")
        texts = [text.decode(errors="replace") for text in tensor.string_data]
        return np.array(texts, object).reshape(tuple(tensor.dims))
    if tensor.data_type not in {getattr(TensorProto, name) for name in TYPES}:
        raise FileError(f"{where} is of a type that is not read. Export with float32 weights.")
    size = math.prod(tensor.dims)
    itemsize = helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    typed = (tensor.float_data, tensor.double_data, tensor.int64_data, tensor.int32_data, tensor.uint64_data)
    held = len(tensor.raw_data) / itemsize if tensor.raw_data else sum(map(len, typed))
    if min(tensor.dims, default=0) < 0 or size != held:
        raise FileError(f"{where} claims shape {tuple(tensor.dims)} but holds {held:g} values.")
    try:
        return numpy_helper.to_array(tensor)
    except ValueError as error:
        raise FileError(f"{where} is damaged: {error}.") from error


def _dims(value: Any) -> tuple[int, ...]:
    """Sizes of a graph's input, -1 where they are open."""
    return tuple(
        d.dim_value if d.HasField("dim_value") and d.dim_value > 0 else -1
        for d in value.type.tensor_type.shape.dim
    )


def _text(value: Any) -> Any:
    """Text where a damaged file has bytes that are none; all else as it is."""
    return value.decode(errors="replace") if isinstance(value, bytes) else value


def _node(node: Any, number: int, path: Path) -> OnnxNode:
    from onnx import AttributeProto, helper

    attributes: dict[str, Any] = {}
    for attribute in node.attribute:
        if attribute.type == AttributeProto.TENSOR:
            attributes[_text(attribute.name)] = _array(attribute.t, path)
        elif attribute.type in (AttributeProto.GRAPH, AttributeProto.GRAPHS):
            attributes[_text(attribute.name)] = "a graph"
        else:
            value = helper.get_attribute_value(attribute)
            attributes[_text(attribute.name)] = _text(value)
    kind, domain = _text(node.op_type), _text(node.domain)
    kind = kind if domain in ("", "ai.onnx") else f"{domain}.{kind}"
    sources, outputs = (tuple(map(_text, names)) for names in (node.input, node.output))
    return OnnxNode(_text(node.name) or f"{kind}_{number}", kind, sources, outputs, attributes)
