"""ONNX graphs predict the same when read into nnstudio's layers, and say what was not read."""

import numpy as np
import onnx
import pytest
from importing.onnx_files import draw, saved
from onnx import TensorProto, helper

from nnkernels.spec import PLACEHOLDER, layers
from nnstudio.importing.importer import Imported, importers
from nnstudio.model.atomic_file import FileError


def computed(imported: Imported, x: np.ndarray) -> np.ndarray:
    """What the imported layers give, by their references."""
    values: dict[str, np.ndarray] = {}
    for node in imported.nodes:
        inputs = [values[name] for name in node.inputs] or [x]
        values[node.name] = layers[node.kind].reference(
            {o.name: o.default for o in layers[node.kind].options} | dict(node.options), inputs, node.arrays
        )
    return values[imported.nodes[-1].name]


def check(file, shape):
    """Compare with ONNX Runtime, pictures turned."""
    import onnxruntime

    imported = importers.of(file).read(file)
    assert imported.unread == ()
    session = onnxruntime.InferenceSession(str(file))
    for n in (1, 7):
        x = draw(n, *shape)
        ours = computed(imported, np.moveaxis(x, 1, -1) if len(shape) == 3 else x)
        (theirs,) = session.run(None, {"x": x})
        theirs = np.moveaxis(theirs, 1, -1) if theirs.ndim == 4 and ours.ndim == 4 else theirs
        np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-5)
    return imported


def test_pictures_through_flatten_into_gemm(tmp_path):
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["c"], pads=[1, 1, 1, 1], strides=[2, 2]),
        helper.make_node("BatchNormalization", ["c", "s", "o", "m", "v"], ["n"], epsilon=1e-3),
        helper.make_node("LeakyRelu", ["n"], ["r"], alpha=0.2),
        helper.make_node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[1, 1]),
        helper.make_node("Flatten", ["p"], ["f"]),
        helper.make_node("Gemm", ["f", "k", "q"], ["g"], transB=1, alpha=0.5, beta=2.0),
        helper.make_node("Softmax", ["g"], ["y"]),
    ]
    arrays = {
        "w": draw(5, 3, 3, 3), "b": draw(5), "s": draw(5), "o": draw(5), "m": draw(5),
        "v": np.abs(draw(5)) + 0.5, "k": draw(4, 5 * 3 * 2), "q": draw(4),
    }  # fmt: skip
    imported = check(saved(tmp_path, nodes, (3, 7, 6), (4,), arrays), (3, 7, 6))
    kinds = [node.kind for node in imported.nodes]
    assert kinds == [
        "input", "conv2d", "batchnorm", "leaky_relu", "maxpool2d", "flatten", "dense", "softmax", "output"
    ]  # fmt: skip


def test_matmul_with_bias_and_a_skip_link(tmp_path):
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["a"]),
        helper.make_node("Add", ["a", "b"], ["h"]),
        helper.make_node("Tanh", ["h"], ["t"]),
        helper.make_node("Sub", ["h", "t"], ["s"]),
        helper.make_node("Concat", ["s", "x"], ["y"], axis=1),
    ]
    check(saved(tmp_path, nodes, (3,), (8,), {"w": draw(3, 5), "b": draw(5)}), (3,))


def test_groups_and_global_pooling(tmp_path):
    nodes = [
        helper.make_node("Conv", ["x", "w"], ["c"], group=2, dilations=[2, 2]),
        helper.make_node("Elu", ["c"], ["e"]),
        helper.make_node("AveragePool", ["e"], ["p"], kernel_shape=[2, 2], strides=[1, 1]),
        helper.make_node("GlobalAveragePool", ["p"], ["q"]),
        helper.make_node("Reshape", ["q", "t"], ["f"]),
        helper.make_node("MatMul", ["f", "k"], ["y"]),
    ]
    arrays = {"w": draw(6, 2, 2, 2), "t": np.array([0, -1]), "k": draw(6, 2)}
    check(saved(tmp_path, nodes, (4, 6, 5), (2,), arrays), (4, 6, 5))


@pytest.mark.parametrize(
    "node, word",
    [
        (helper.make_node("LpPool", ["x"], ["y"], kernel_shape=[2, 3], ceil_mode=1), "by a norm"),
        (helper.make_node("AveragePool", ["x"], ["y"], kernel_shape=[2, 2], dilations=[2, 2], pads=[1] * 4),
         "where its padding counts"),
        (helper.make_node("Softmax", ["x"], ["y"], axis=0), "over samples"),
        (helper.make_node("Round", ["x"], ["y"]), "operator Round"),
    ],
)  # fmt: skip
def test_what_no_layer_does_becomes_a_placeholder(tmp_path, node, word):
    file = saved(tmp_path, [node], (2, 5, 5), ("a", "b", "c"), {}, opset=19)
    imported = importers.of(file).read(file)
    (row,) = imported.unread
    assert word in row.text
    assert [n.kind for n in imported.nodes] == ["input", PLACEHOLDER, "output"]


def test_every_node_and_array_has_a_row(tmp_path):
    nodes = [
        helper.make_node("Gemm", ["x", "w"], ["a"]),
        helper.make_node("Erf", ["a"], ["e"]),
        helper.make_node("Relu", ["e"], ["y"]),
    ]
    file = saved(tmp_path, nodes, (3,), (2,), {"w": draw(3, 2), "spare": draw(4)})
    imported = importers.of(file).read(file)
    assert [row.name for row in imported.rows] == ["x", "Gemm_0", "Erf_1", "Relu_2", "y", "w", "spare"]
    assert imported.rows[-1].text == "Nothing uses it."


def test_a_value_that_others_take_gets_no_bias(tmp_path):
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["a"]),
        helper.make_node("Identity", ["a"], ["i"]),
        helper.make_node("Add", ["i", "b"], ["h"]),
        helper.make_node("Relu", ["a"], ["r"]),
        helper.make_node("Add", ["h", "r"], ["y"]),
    ]
    imported = check(saved(tmp_path, nodes, (3,), (5,), {"w": draw(3, 5), "b": draw(5)}), (3,))
    assert "bias" not in imported.nodes[1].arrays
    assert imported.nodes[2].kind == "batchnorm" and imported.nodes[2].options["frozen"]


def damaged(tmp_path, change):
    nodes = [helper.make_node("Gemm", ["x", "w"], ["y"])]
    file = saved(tmp_path, nodes, (3,), (2,), {"w": draw(3, 2)})
    model = onnx.load(str(file))
    change(model.graph)
    file.write_bytes(model.SerializeToString())
    return file


def outside(graph):
    graph.initializer[0].data_location = TensorProto.EXTERNAL
    graph.initializer[0].external_data.add(key="location", value="../secret")


def huge(graph):
    graph.initializer[0].dims[:] = [2**40, 2**20]


def negative(graph):
    graph.initializer[0].dims[:] = [-3, -2]


def circle(graph):
    graph.node[0].input[0] = "y"


@pytest.mark.parametrize("change", [outside, huge, negative, circle])
def test_hostile_files_give_a_sentence(tmp_path, change):
    file = damaged(tmp_path, change)
    with pytest.raises(FileError, match=r"\.$|values"):
        importers.of(file).read(file)


def test_a_truncated_file_gives_a_sentence(tmp_path):
    file = damaged(tmp_path, lambda graph: None)
    file.write_bytes(file.read_bytes()[:60])
    with pytest.raises(FileError, match="cut off"):
        importers.of(file).read(file)
