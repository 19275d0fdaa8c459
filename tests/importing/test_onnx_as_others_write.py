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


def test_blocks_of_pixels(tmp_path):
    for mode in ("DCR", "CRD"):
        nodes = [
            helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
            helper.make_node("DepthToSpace", ["t"], ["a"], blocksize=2, mode=mode),
            helper.make_node("Conv", ["a", "w"], ["b"]),
            helper.make_node("SpaceToDepth", ["b"], ["c"], blocksize=3),
            helper.make_node("Flatten", ["c"], ["y"]),
        ]
        arrays = {"w": draw(1, 2, 2, 2)}
        check(saved(tmp_path, nodes, (5, 2, 8), (27,), arrays), draw(3, 5, 2, 8))


def test_a_shift_of_channels_behind_a_normalisation_of_groups(tmp_path):
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
        helper.make_node("Reshape", ["t", "groups"], ["a"]),
        helper.make_node("InstanceNormalization", ["a", "one", "zero"], ["b"]),
        helper.make_node("Reshape", ["b", "whole"], ["c"]),
        helper.make_node("Mul", ["c", "scale"], ["d"]),
        helper.make_node("Add", ["d", "shift"], ["e"]),
        helper.make_node("Flatten", ["e"], ["y"]),
    ]
    arrays = {
        "groups": np.array([0, 2, -1]), "whole": np.array([-1, 4, 3, 2]), "one": np.ones(2, np.float32),
        "zero": np.zeros(2, np.float32), "scale": draw(4, 1, 1), "shift": draw(4, 1, 1),
    }  # fmt: skip
    check(saved(tmp_path, nodes, (3, 2, 4), (24,), arrays), draw(5, 3, 2, 4))


def test_the_last_states_of_both_directions_are_picked(tmp_path):
    nodes = [
        helper.make_node("Transpose", ["x"], ["a"], perm=[1, 0, 2]),
        helper.make_node("GRU", ["a", "w", "r"], ["", "h"], hidden_size=3, direction="bidirectional",
                         linear_before_reset=1),
        helper.make_node("Gather", ["h", "first"], ["b"], axis=0),
        helper.make_node("Gather", ["h", "second"], ["c"], axis=0),
        helper.make_node("Concat", ["c", "b"], ["y"], axis=1),
    ]  # fmt: skip
    arrays = {"w": draw(2, 9, 2), "r": draw(2, 9, 3), "first": np.array(-2), "second": np.array(1)}
    assert "gru" in check(saved(tmp_path, nodes, (5, 2), (6,), arrays), draw(4, 5, 2))


def test_a_mean_of_values_apart(tmp_path):
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], perm=[0, 3, 1, 2]),
        helper.make_node("AveragePool", ["t"], ["a"], kernel_shape=[3, 2], dilations=[2, 3], strides=[1, 2],
                         pads=[1, 0, 0, 1], count_include_pad=1),
        helper.make_node("Flatten", ["a"], ["y"]),
    ]  # fmt: skip
    kinds = check(saved(tmp_path, nodes, (6, 8, 2), (36,), {}, opset=19), draw(3, 6, 8, 2))
    assert "conv2d" in kinds


def test_windows_over_three_axes_are_refused_with_the_way_out(tmp_path):
    nodes = [helper.make_node("Conv", ["x", "w"], ["y"])]
    file = saved(tmp_path, nodes, (2, 4, 4, 4), (3, 2, 2, 2), {"w": draw(3, 2, 3, 3, 3)})
    (told, *_) = importers.of(file).read(file).unread
    assert told.name == "Conv_0" and "Let the file have one that slides over two axes" in told.text
