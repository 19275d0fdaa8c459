"""Shapes of graphs that other programs write: turned axes, scaling before the network, arithmetic of GELU."""

import numpy as np
import onnxruntime
from importing.onnx_files import draw, saved
from onnx import helper

from nnstudio.from_network import project_of
from nnstudio.importing.importer import importers


def check(file, x):
    """Compare the project with ONNX Runtime; the kinds of its layers."""
    imported = importers.of(file).read(file)
    assert imported.unread == ()
    trained = project_of(imported).project.predictor()
    scaled = ((x - trained.data.x_shift) / trained.data.x_scale).astype(np.float32)
    (expected,) = onnxruntime.InferenceSession(str(file)).run(None, {"x": x})
    np.testing.assert_allclose(trained.predict(scaled), expected, rtol=1e-4, atol=1e-5)
    return [node.kind for node in imported.nodes]


def test_turns_around_convolutions_need_no_layer(tmp_path):
    nodes = [
        helper.make_node("Transpose", ["x"], ["a"], perm=[0, 3, 1, 2]),
        helper.make_node("Conv", ["a", "w"], ["b"], auto_pad="SAME_UPPER", strides=[2, 2]),
        helper.make_node("Add", ["b", "bias"], ["c"]),
        helper.make_node("Transpose", ["c"], ["d"], perm=[0, 2, 3, 1]),
        helper.make_node("Reshape", ["d", "row"], ["e"]),
        helper.make_node("MatMul", ["e", "k"], ["y"]),
    ]
    arrays = {
        "w": draw(5, 3, 3, 2), "bias": draw(1, 5, 1, 1), "row": np.array([-1, 30]), "k": draw(30, 4),
    }  # fmt: skip
    kinds = check(saved(tmp_path, nodes, (4, 6, 3), (4,), arrays), draw(7, 4, 6, 3))
    assert kinds == ["input", "conv2d", "flatten", "dense", "output"]


def test_what_comes_before_the_network_is_the_scaling_of_the_data(tmp_path):
    nodes = [
        helper.make_node("Sub", ["x", "mean"], ["a"]),
        helper.make_node("Div", ["a", "deviation"], ["b"]),
        helper.make_node("Gemm", ["b", "w"], ["y"]),
    ]
    arrays = {"mean": draw(4), "deviation": np.abs(draw(4)) + 1, "w": draw(4, 2)}
    kinds = check(saved(tmp_path, nodes, (4,), (2,), arrays), draw(5, 4))
    assert kinds == ["input", "dense", "output"]


def test_gelu_is_known_by_its_arithmetic(tmp_path):
    nodes = [
        helper.make_node("Gemm", ["x", "w"], ["a"]),
        helper.make_node("Div", ["a", "root"], ["b"]),
        helper.make_node("Erf", ["b"], ["c"]),
        helper.make_node("Add", ["c", "one"], ["d"]),
        helper.make_node("Mul", ["a", "d"], ["e"]),
        helper.make_node("Mul", ["e", "half"], ["y"]),
    ]
    arrays = {
        "w": draw(4, 3), "root": np.float32(np.sqrt(2)), "one": np.float32(1), "half": np.float32(0.5)
    }  # fmt: skip
    kinds = check(saved(tmp_path, nodes, (4,), (3,), arrays), draw(5, 4))
    assert kinds == ["input", "dense", "gelu", "output"]
