"""Operators of ONNX that several layers make together: lists, pooling over three axes, norms of channels."""

import numpy as np
import pytest
from importing.onnx_checks import check
from importing.onnx_files import draw, saved
from onnx import helper

from nnkernels.spec import PLACEHOLDER
from nnstudio.importing.importer import importers


def test_lists_of_values_are_followed(tmp_path):
    nodes = [
        helper.make_node("SplitToSequence", ["x"], ["parts"], axis=2),
        helper.make_node("SequenceAt", ["parts", "last"], ["a"]),
        helper.make_node("SequenceErase", ["parts", "zero"], ["rest"]),
        helper.make_node("SequenceInsert", ["rest", "a", "zero"], ["turned"]),
        helper.make_node("ConcatFromSequence", ["turned"], ["y"], axis=-1, new_axis=1),
    ]
    arrays = {"zero": np.array(0), "last": np.array(-1)}
    check(saved(tmp_path, nodes, (3, 4), ("a", "b", "c"), arrays), draw(5, 3, 4))


def test_products_of_values_and_with_constants_on_either_side(tmp_path):
    nodes = [
        helper.make_node("MatMul", ["left", "x"], ["a"]),
        helper.make_node("Transpose", ["a"], ["t"], perm=[0, 2, 1]),
        helper.make_node("MatMul", ["t", "a"], ["p"]),
        helper.make_node("MatMul", ["p", "column"], ["y"]),
    ]
    arrays = {"left": draw(5, 3), "column": draw(4)}
    imported = check(saved(tmp_path, nodes, (3, 4), ("a",), arrays), draw(2, 3, 4))
    assert [node.kind for node in imported.nodes].count("matmul") == 1


def test_a_list_is_no_output(tmp_path):
    nodes = [helper.make_node("SequenceConstruct", ["x", "x"], ["y"])]
    file = saved(tmp_path, nodes, (3,), ("a",), {}, check=False)
    (row,) = importers.of(file).read(file).unread
    assert "no output of a network" in row.text


@pytest.mark.parametrize(
    "kind, attributes",
    [
        ("MaxPool", {"kernel_shape": [2, 3, 2], "strides": [2, 1, 1], "dilations": [1, 2, 1]}),
        ("AveragePool", {"kernel_shape": [2, 2, 3], "pads": [1, 1, 1, 1, 1, 1], "ceil_mode": 1}),
        ("AveragePool", {"kernel_shape": [3, 2, 2], "pads": [1, 0, 0, 1, 0, 0], "count_include_pad": 1}),
        ("GlobalAveragePool", {}),
    ],
)
def test_pooling_over_three_axes(kind, attributes, tmp_path):
    node = helper.make_node(kind, ["x"], ["y"], **attributes)
    check(saved(tmp_path, [node], (2, 4, 5, 6), ("a", "b", "c", "d"), {}, opset=18), draw(3, 2, 4, 5, 6))


@pytest.mark.parametrize("p", [2, 3])
def test_pooling_by_a_norm(p, tmp_path):
    node = helper.make_node("LpPool", ["x"], ["y"], kernel_shape=[2, 3], pads=[1, 0, 0, 1], p=p)
    check(saved(tmp_path, [node], (2, 4, 5), ("a", "b", "c"), {}, opset=18), draw(3, 2, 4, 5))


@pytest.mark.parametrize(
    "kind, attributes, count",
    [("InstanceNormalization", {}, 4), ("GroupNormalization", {"num_groups": 2}, 4)],
)
def test_norms_of_channels(kind, attributes, count, tmp_path):
    node = helper.make_node(kind, ["x", "s", "b"], ["y"], epsilon=1e-3, **attributes)
    arrays = {"s": draw(count), "b": draw(count)}
    check(saved(tmp_path, [node], (4, 3, 5), ("a", "b", "c"), arrays, opset=21), draw(2, 4, 3, 5))


def test_four_channels_are_not_three_groups(tmp_path):
    node = helper.make_node("GroupNormalization", ["x", "s", "s"], ["y"], num_groups=3)
    file = saved(tmp_path, [node], (4, 3, 5), ("a", "b", "c"), {"s": draw(4)}, opset=21)
    assert PLACEHOLDER in [node.kind for node in importers.of(file).read(file).nodes]


@pytest.mark.parametrize(
    "attributes, scales",
    [
        (
            {"mode": "nearest", "nearest_mode": "floor", "coordinate_transformation_mode": "asymmetric"},
            [1, 1, 2, 2],
        ),
        ({"mode": "nearest"}, [1, 1, 0.7, 1]),
        ({"mode": "linear"}, [1, 1, 2, 1.5]),
        ({"mode": "linear", "coordinate_transformation_mode": "align_corners"}, [1, 1, 2, 3]),
        ({"mode": "cubic", "exclude_outside": 1}, [1, 1, 0.6, 2.5]),
        ({"mode": "cubic", "coordinate_transformation_mode": "half_pixel_symmetric"}, [1, 1, 0.7, 1.4]),
    ],
)
def test_pictures_are_resized(attributes, scales, tmp_path):
    node = helper.make_node("Resize", ["x", "", "s"], ["y"], **attributes)
    arrays = {"s": np.array(scales, np.float32)}
    imported = check(saved(tmp_path, [node], (2, 4, 5), ("a", "b", "c"), arrays, opset=19), draw(2, 2, 4, 5))
    kinds = [node.kind for node in imported.nodes]
    assert ("upsampling2d" in kinds) == (scales == [1, 1, 2, 2])
    assert all(node.options["frozen"] for node in imported.nodes if node.kind == "dense")


def test_where_programs_disagree_nothing_is_guessed(tmp_path):
    options = {"mode": "linear", "coordinate_transformation_mode": "align_corners"}
    node = helper.make_node("Resize", ["x", "", "s"], ["y"], **options)
    arrays = {"s": np.array([1, 1, 0.6, 1], np.float32)}
    file = saved(tmp_path, [node], (2, 4, 5), ("a", "b", "c"), arrays, opset=19)
    (row, *_) = importers.of(file).read(file).unread
    assert "programs disagree" in row.text
