"""Functions of values, reductions, parts and copies, and files without an axis of samples, as our layers."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from importing.computed import computed
from importing.onnx_checks import check, imported_from
from importing.onnx_files import draw, saved
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

from nnkernels.spec import PLACEHOLDER
from nnstudio.importing.importer import importers

SHAPE = (3, 4)
SINGLE = [
    ("Exp", {}), ("Reciprocal", {}), ("Abs", {}), ("Cos", {}), ("Erf", {}), ("Softsign", {}), ("Sign", {}),
    ("Celu", {"alpha": 0.7}), ("Selu", {"alpha": 2.0, "gamma": 0.5}), ("HardSigmoid", {}), ("HardSwish", {}),
    ("Mish", {}), ("ThresholdedRelu", {"alpha": 0.5}), ("Shrink", {"lambd": 0.4, "bias": 0.4}),
    ("Shrink", {"lambd": 0.6, "bias": 0.1}), ("LogSoftmax", {"axis": 1}),
]  # fmt: skip
AXES = np.array([1])
REDUCTIONS = ["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceL1", "ReduceL2", "ReduceSumSquare",
              "ReduceLogSumExp"]  # fmt: skip
WITH_CONSTANTS = [
    ("Max", np.float32(0.3)), ("Min", draw(4)), ("Max", draw(4)), ("Clip", np.float32(-0.2)),
    ("Add", draw(3, 4)),
    ("PRelu", draw(3, 4)), ("Tile", np.array([1, 2, 3])), ("Gather", np.array([2, 0, 1, 1])),
    *((kind, AXES) for kind in REDUCTIONS),
]  # fmt: skip


@pytest.mark.parametrize("kind, attributes", SINGLE)
def test_functions_of_one_value(kind, attributes, tmp_path):
    node = helper.make_node(kind, ["x"], ["y"], **attributes)
    check(saved(tmp_path, [node], SHAPE, ("a", "b"), {}, opset=18), draw(5, *SHAPE))


@pytest.mark.parametrize("kind, constant", WITH_CONSTANTS)
def test_values_with_constants(kind, constant, tmp_path):
    # A layer before it, or an Add is the scaling of the data.
    nodes = [
        helper.make_node("Tanh", ["x"], ["t"]),
        helper.make_node(kind, ["t", "c"], ["y"], **({"axis": 1} if kind == "Gather" else {})),
    ]
    check(saved(tmp_path, nodes, SHAPE, ("a", "b"), {"c": constant}, opset=18), draw(5, *SHAPE))


def test_a_slice_may_go_backwards_and_in_steps(tmp_path):
    node = helper.make_node("Slice", ["x", "s", "e", "a", "w"], ["y"])
    arrays = {"s": [2, 0], "e": [-9, 4], "a": [1, 2], "w": [-1, 2]}
    file = saved(tmp_path, [node], SHAPE, ("a", "b"), {k: np.array(v) for k, v in arrays.items()})
    check(file, draw(5, *SHAPE))


@pytest.mark.parametrize("exponent", [[0.5], [3.0], [1.0, 2.0, 0.5, 3.0]])
def test_powers_and_quotients(exponent, tmp_path):
    nodes = [
        helper.make_node("Abs", ["x"], ["a"]),
        helper.make_node("Pow", ["a", "c"], ["p"]),
        helper.make_node("Exp", ["x"], ["e"]),
        helper.make_node("Div", ["p", "e"], ["y"]),
    ]
    arrays = {"c": np.array(exponent, np.float32)}
    imported = check(saved(tmp_path, nodes, SHAPE, ("a", "b"), arrays), draw(5, *SHAPE))
    assert any("NaN" in row.text for row in imported.rows) == (len(exponent) > 1)


def whole(tmp_path: Path, first: object, kind: int = TensorProto.FLOAT) -> Path:
    """A file that turns an array of (first, 4) into the sums of its columns, and divides by the largest."""
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[1, 0]),
        helper.make_node("ReduceSum", ["t", "axes"], ["s"], keepdims=0),
        helper.make_node("ReduceMax", ["s"], ["m"]),
        helper.make_node("Div", ["s", "m"], ["y"]),
    ]
    graph = helper.make_graph(
        nodes, "g", [helper.make_tensor_value_info("x", kind, [first, 4])],
        [helper.make_tensor_value_info("y", kind, None)],
        [onnx.numpy_helper.from_array(AXES, "axes")],
    )  # fmt: skip
    file = tmp_path / "net.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)]), str(file))
    return file


def test_an_array_without_an_axis_of_samples_is_one_sample(tmp_path):
    file = whole(tmp_path, 3)
    imported = imported_from(file)
    assert "(3, 4), which is one sample" in imported.rows[0].text
    x = np.abs(draw(3, 4)) + 1
    (wanted,) = ReferenceEvaluator(str(file)).run(None, {"x": x})
    np.testing.assert_allclose(computed(imported, x[None])[0][0], wanted, rtol=1e-5)


@pytest.mark.parametrize("first, kind", [("n", TensorProto.FLOAT), (3, TensorProto.INT64)])
def test_samples_are_not_joined_and_whole_numbers_not_divided(first, kind, tmp_path):
    file = whole(tmp_path, first, kind)
    assert PLACEHOLDER in [node.kind for node in importers.of(file).read(file).nodes]
