"""Graphs that train: their loss becomes that of the project, and the labels come with the data."""

from __future__ import annotations

import numpy as np
import onnx
import pytest
from importing.onnx_files import draw
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from nnstudio.from_network import project_of
from nnstudio.importing.importer import importers

CLASSES, SIDES = 3, (4, 5)


def training_graph(path, labels=None, **attributes):
    """A convolution over pictures (2, 4, 5), and a loss with a label at each pixel."""
    weights = attributes.pop("weights", None)
    arrays = {"w": draw(CLASSES, 2, 3, 3), "b": draw(CLASSES)}
    if weights is not None:
        arrays["c"] = np.asarray(weights, np.float32)
    scored = helper.make_node("Conv", ["x", "w", "b"], ["scores"], pads=[1, 1, 1, 1])
    nodes = [scored]
    if labels == "computed":
        nodes.append(helper.make_node("Abs", ["y"], ["t"]))
    sources = ["scores", "t" if labels == "computed" else "y", *(["c"] if weights is not None else [])]
    nodes.append(helper.make_node("SoftmaxCrossEntropyLoss", sources, ["loss"], **attributes))
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2, *SIDES]),
         helper.make_tensor_value_info("y", TensorProto.INT64, ["n", *SIDES])],
        [helper.make_tensor_value_info("loss", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(v, k) for k, v in arrays.items()],
    )  # fmt: skip
    file = path / "train.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), str(file))
    return file


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"reduction": "sum"},
        {"weights": [1.0, 0.5, 2.0]},
        {"weights": [1.0, 0.5, 2.0], "ignore_index": -1},
    ],
)
def test_the_loss_is_that_of_the_file(tmp_path, attributes):
    file = training_graph(tmp_path, **attributes)
    imported = importers.of(file).read(file)
    assert imported.unread == ()
    (labels,) = [row for row in imported.rows if row.name == "y"]
    assert labels.text == "Labels, which come with the data."
    trained = project_of(imported).project.predictor()
    assert trained.data.target_width == 20 and trained.loss.id == "softmax_cross_entropy"
    x, y = draw(6, 2, *SIDES), np.random.default_rng(0).integers(0, CLASSES, (6, *SIDES))
    if "ignore_index" in attributes:
        y[2, 1:3] = -1
    (theirs,) = ReferenceEvaluator(str(file)).run(None, {"x": x, "y": y})
    pictures = np.ascontiguousarray(np.moveaxis(x, 1, -1))
    # The class weights of a file are left out where nothing is trained; so they are asked of the settings.
    options = project_of(imported).project.document.settings.loss_options
    assert options["reduction"] == attributes.get("reduction", "mean")
    if "weights" in attributes:
        assert [float(w) for w in options["class_weights"].split(",")] == attributes["weights"]
        trained.loss_options = options
    ours = trained.evaluate(pictures, y.reshape(6, -1).astype(np.float32))[0]
    assert ours * (6 if attributes.get("reduction") == "sum" else 1) == pytest.approx(float(theirs), rel=1e-5)


def test_logarithms_of_a_softmax_and_their_loss_are_the_cross_entropy(tmp_path):
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["scores"]),
        helper.make_node("LogSoftmax", ["scores"], ["logarithms"], axis=1),
        helper.make_node("NegativeLogLikelihoodLoss", ["logarithms", "y"], ["loss"]),
    ]
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4]),
         helper.make_tensor_value_info("y", TensorProto.INT64, ["n"])],
        [helper.make_tensor_value_info("loss", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(draw(4, 3), "w")],
    )  # fmt: skip
    file = tmp_path / "train.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), str(file))
    imported = importers.of(file).read(file)
    assert imported.unread == ()
    trained = project_of(imported).project.predictor()
    assert [node.layer.id for node in trained.layout.nodes.values()] == ["input", "dense", "output"]
    x, y = draw(6, 4), np.arange(6) % 3
    (theirs,) = ReferenceEvaluator(str(file)).run(None, {"x": x, "y": y})
    ours = trained.evaluate(x, y.reshape(6, 1).astype(np.float32))[0]
    assert ours == pytest.approx(float(theirs), rel=1e-5)


@pytest.mark.parametrize("at_loss", [False, True])
def test_logarithms_that_something_else_takes_stay(at_loss, tmp_path):
    sources = ["x" if at_loss else "logarithms", "y"]
    nodes = [
        helper.make_node("LogSoftmax", ["x"], ["logarithms"], axis=1),
        helper.make_node("NegativeLogLikelihoodLoss", sources, ["loss"]),
    ]
    graph = helper.make_graph(
        nodes, "g",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 4]),
         helper.make_tensor_value_info("y", TensorProto.INT64, ["n"])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in ("loss", "logarithms")],
    )  # fmt: skip
    file = tmp_path / "train.onnx"
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), str(file))
    assert any("behind a LogSoftmax" in row.text for row in importers.of(file).read(file).unread)


@pytest.mark.parametrize(
    "labels, attributes, part",
    [
        (None, {"reduction": "none"}, "A loss that is not reduced"),
        ("computed", {}, "labels are computed"),
    ],
)
def test_what_no_loss_does_is_a_placeholder(tmp_path, labels, attributes, part):
    file = training_graph(tmp_path, labels, **attributes)
    assert any(part in row.text for row in importers.of(file).read(file).unread)
