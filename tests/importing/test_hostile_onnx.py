"""Files that are damaged, or made to harm, give a sentence: no crash, no other file, no memory."""

import numpy as np
import onnx
import pytest
from importing.onnx_files import draw, saved
from onnx import TensorProto, helper

from nnstudio.from_network import project_of
from nnstudio.importing.importer import importers
from nnstudio.model.atomic_file import FileError
from nnstudio.project import Project

MUTATIONS = 2000


def pictures(folder):
    nodes = [
        helper.make_node("Conv", ["x", "w", "b"], ["c"], "conv", pads=[1, 0, 1, 0], strides=[2, 1]),
        helper.make_node("BatchNormalization", ["c", "b", "b", "b", "v"], ["n"], "norm"),
        helper.make_node("MaxPool", ["n"], ["p"], "pool", kernel_shape=[2, 2]),
        helper.make_node("Shape", ["p"], ["s"], "shape"),
        helper.make_node("Gather", ["s", "zero"], ["g"], "batch"),
        helper.make_node("Concat", ["g", "rest"], ["t"], "target", axis=0),
        helper.make_node("Reshape", ["p", "t"], ["f"], "flat"),
        helper.make_node("MatMul", ["f", "k"], ["m"], "dense"),
        helper.make_node("Add", ["m", "q"], ["y"], "bias"),
    ]
    arrays = {
        "w": draw(2, 1, 3, 2), "b": draw(2), "v": np.ones(2, np.float32), "zero": np.array([0]),
        "rest": np.array([-1]), "k": draw(2 * 2 * 3, 3), "q": draw(3),
    }  # fmt: skip
    return saved(folder, nodes, (1, 5, 5), (3,), arrays)


def steps(folder):
    nodes = [
        helper.make_node("Transpose", ["x"], ["t"], "turn", perm=[1, 0, 2]),
        helper.make_node("LSTM", ["t", "w", "r", "b"], ["l", "h"], "lstm", hidden_size=2),
        helper.make_node("Squeeze", ["h", "zero"], ["s"], "squeeze"),
        helper.make_node("Pad", ["x", "pads"], ["p"], "pad"),
        helper.make_node("ReduceMean", ["p"], ["m"], "mean", axes=[1], keepdims=0),
        helper.make_node("Concat", ["s", "m"], ["y"], "join", axis=1),
    ]
    arrays = {
        "w": draw(1, 8, 3), "r": draw(1, 8, 2), "b": draw(1, 16), "zero": np.array([0]),
        "pads": np.array([0, 1, 0, 0, 2, 0]),
    }  # fmt: skip
    return saved(folder, nodes, (4, 3), (5,), arrays)


def mutated(content: bytes, rng: np.random.Generator) -> bytes:
    """Some bytes changed, cut out, put in again, or the end cut off."""
    data = bytearray(content)
    for _ in range(int(rng.integers(1, 4))):
        at = int(rng.integers(len(data)))
        match int(rng.integers(5)):
            case 0:
                data[at] = int(rng.integers(256))
            case 1:
                data[at] ^= 1 << int(rng.integers(8))
            case 2:
                del data[at : at + int(rng.integers(1, 9))]
            case 3:
                data[at:at] = data[at : at + int(rng.integers(1, 30))]
            case _:
                data[at:] = data[at:][: int(rng.integers(len(data) - at + 1))]
        if not data:
            break
    return bytes(data)


@pytest.mark.parametrize("network", [pictures, steps])
def test_the_whole_files_are_read(network, tmp_path):
    file = network(tmp_path)
    imported = importers.of(file).read(file)
    assert imported.unread == () and project_of(imported).project.state is not None


@pytest.mark.parametrize("network", [pictures, steps])
def test_damaged_files_give_a_sentence_or_a_network(network, tmp_path):
    file = network(tmp_path)
    content, rng = file.read_bytes(), np.random.default_rng(7)
    read = 0
    for _ in range(MUTATIONS // 2):
        file.write_bytes(mutated(content, rng))
        try:
            project_of(importers.of(file).read(file))
            read += 1
        except FileError as error:
            assert str(error).rstrip().endswith((".", ")", "values"))
    assert 0 < read < MUTATIONS // 2


def changed(tmp_path, change):
    file = pictures(tmp_path)
    model = onnx.load(str(file))
    change(model.graph)
    file.write_bytes(model.SerializeToString())
    return file


def outside(graph):
    tensor = graph.initializer[0]
    tensor.ClearField("raw_data")
    tensor.data_location = TensorProto.EXTERNAL
    tensor.external_data.add(key="location", value="../../etc/passwd")


def beside(graph):
    graph.initializer[0].data_location = TensorProto.EXTERNAL
    graph.initializer[0].external_data.add(key="location", value="weights.bin")


def two_gigabytes(graph):
    graph.initializer[0].dims[:] = [2**20, 2**11]


def beyond_whole_numbers(graph):
    graph.initializer[0].dims[:] = [2**62, 2**62, 2**62]


def circle(graph):
    graph.node[0].input[0] = "y"


def given_twice(graph):
    graph.node[-1].output[0] = graph.node[0].output[0]


def two_inputs_of_one_name(graph):
    graph.input.append(graph.input[0])


def no_batch(graph):
    graph.input[0].type.tensor_type.shape.ClearField("dim")


def endless_input(graph):
    for dim in graph.input[0].type.tensor_type.shape.dim:
        dim.dim_value = 2**40


@pytest.mark.parametrize(
    "change",
    [
        outside, beside, two_gigabytes, beyond_whole_numbers, circle, no_batch, endless_input, given_twice,
        two_inputs_of_one_name,
    ],
)  # fmt: skip
def test_files_made_to_harm_give_a_sentence(change, tmp_path):
    file = changed(tmp_path, change)
    with pytest.raises(FileError):
        importers.of(file).read(file)


@pytest.mark.parametrize("kind, shape", [("Expand", [2**20, 2**20]), ("ConstantOfShape", [2**40])])
def test_a_constant_is_not_made_larger_than_memory(kind, shape, tmp_path):
    inputs = ["one", "shape"] if kind == "Expand" else ["shape"]
    nodes = [helper.make_node(kind, inputs, ["c"]), helper.make_node("Add", ["x", "c"], ["y"])]
    arrays = {"one": np.ones(1, np.float32), "shape": np.array(shape)}
    file = saved(tmp_path, nodes, (3,), ("m",), arrays)
    (row, *_) = importers.of(file).read(file).unread
    assert "larger than a network has" in row.text


def test_a_placeholder_keeps_its_attributes_and_arrays(tmp_path):
    nodes = [helper.make_node("UnknownNormalization", ["x", "s", "b"], ["y"], "norm", epsilon=0.25)]
    arrays = {"s": draw(2), "b": draw(2)}
    file = saved(tmp_path, nodes, (2, 4, 4), ("a", "b", "c"), arrays, check=False)
    project = project_of(importers.of(file).read(file)).project
    project.save(tmp_path / "net.nns")
    nodes = Project.open(tmp_path / "net.nns").document.graph.nodes
    (node,) = [node for node in nodes if "data" in node.options]
    assert '"epsilon": 0.25' in node.options["data"] and node.options["data"].count("base64") == 2
