"""Every number that is told equals the engine's, and a computation by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from training.surrounded import CASES, data_of, document_with

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.explain.arithmetic import ArithmeticProbe
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import Project, open_example
from nnstudio.training.evaluation import Past
from nnstudio.training.session import Session


def tell(session, kind: str, node: str = "", unit: int = 0, sample: int = 0):
    (tell,) = ArithmeticProbe(kind, node, unit, sample).run(session)
    return tell


@pytest.mark.parametrize("name", ["iris", "spiral", "celsius", "mnist-dense", "mnist-convnet"])
def test_on_every_example_each_operation_equals_the_engine(name):
    session = open_example(name).session()
    for _ in range(20):
        session.single_step()
    stages = tell(session, "forward", "").stages
    assert [s.kind for s in stages].count("loss") == 1
    compared = 0
    for stage in stages:
        for unit in (0, 3, 10**9):
            operation = tell(session, stage.kind, stage.node, unit, 2)
            told = operation.told
            assert operation.stages[operation.at] == stage and operation.unit < operation.units
            if told.result is not None and told.engine is not None:
                compared += 1
                assert told.result == pytest.approx(told.engine, rel=2e-3, abs=3e-6), (stage, unit)
    assert compared > len(stages) / 2


def test_forward_and_backward_of_a_dense_layer_by_hand():
    session = open_example("iris").session()
    for _ in range(20):
        session.single_step()
    arrays = {k: v.astype(float) for k, v in session.arrays().items()}
    samples, truth = session.data.part(session.data.watched)
    x, y = samples[3].astype(float), int(truth[3, 0])
    hidden = np.maximum(x @ arrays["dense_1.weight"] + arrays["dense_1.bias"], 0)
    logits = hidden @ arrays["dense_2.weight"] + arrays["dense_2.bias"]
    operation = tell(session, "forward", "dense_2", 1, 3).told
    assert operation.columns == ("input", "weight", "product") and len(operation.rows) == 17
    np.testing.assert_allclose([r.numbers[0] for r in operation.rows[:-1]], hidden, rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose([r.numbers[1] for r in operation.rows[:-1]], arrays["dense_2.weight"][:, 1])
    assert operation.result == pytest.approx(logits[1], rel=1e-5)
    shares = np.exp(logits - logits.max())
    shares /= shares.sum()
    gradients = shares - np.eye(3)[y]
    loss = tell(session, "loss", "", 0, 3).told
    assert loss.result == pytest.approx(-np.log(shares[y]), rel=1e-4)
    np.testing.assert_allclose([r.numbers[2] for r in loss.rows], gradients, rtol=1e-3, atol=1e-6)
    unit = int(np.argmax(hidden))
    back = tell(session, "backward", "relu_1", unit, 3).told
    assert back.result == pytest.approx(float(arrays["dense_2.weight"][unit] @ gradients), rel=1e-3)
    assert back.engine == pytest.approx(back.result, rel=1e-3)


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw", "rmsprop", "adagrad", "lion"])
def test_the_update_is_the_one_that_the_engine_then_makes(optimizer):
    rng = np.random.default_rng(1)
    # One sample is the whole data, so the next step is this one.
    x, y = rng.normal(size=(1, 3)).astype(np.float32), np.array([[0.7]], np.float32)
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("a", "dense", {"units": 4}, ("i",)),
        NodeSpec("t", "tanh", {}, ("a",)),
        NodeSpec("b", "dense", {"units": 1}, ("t",)),
        NodeSpec("o", "output", {}, ("b",)),
    )
    data = Dataset("one", x, y, x[:0], y[:0])
    session = Session(NetworkSpec(nodes), data, TrainingSettings(optimizer=optimizer))
    for _ in range(3):
        session.single_step()
    told = {(n, u): tell(session, "update", n, u).told for n, u in (("a", 2), ("b", 0))}
    before = {k: v.copy() for k, v in session.arrays().items()}
    session.single_step()
    after = session.arrays()
    for (node, unit), numbers in told.items():
        weights = np.array([r.numbers for r in numbers.rows])
        columns = [after[f"{node}.weight"][:, unit], [after[f"{node}.bias"][unit]]]
        np.testing.assert_allclose(weights[:, 2], np.concatenate(columns), rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(weights[:-1, 0], before[f"{node}.weight"][:, unit])


def test_the_update_of_a_painted_filter_is_that_of_its_output_channel():
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("paint", "convtranspose2d", {"filters": 2, "kernel_size": 2}, ("i",)),
        NodeSpec("f", "flatten", {}, ("paint",)),
        NodeSpec("d", "dense", {"units": 1}, ("f",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    # As many channels come in as go out: the sizes of the axes do not tell them apart.
    x = np.random.default_rng(0).normal(size=(4, 2, 2, 2)).astype(np.float32)
    data = Dataset("pictures", x, x[:, 0, 0, :1], x[:0], x[:0, 0, 0, :1])
    session = Session(NetworkSpec(nodes), data, TrainingSettings(batch_size=2))
    session.single_step()
    rows = tell(session, "update", "paint", 1).told.rows
    expected = [*session.arrays()["paint.weight"][:, :, 1].ravel(), session.arrays()["paint.bias"][1]]
    np.testing.assert_allclose([r.numbers[0] for r in rows], expected)


def test_a_frozen_batch_norm_goes_back_as_the_map_that_it_is():
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("a", "dense", {"units": 4}, ("i",)),
        NodeSpec("n", "batchnorm", {"frozen": True}, ("a",)),
        NodeSpec("d", "dense", {"units": 1}, ("n",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    x = np.random.default_rng(0).normal(size=(8, 3)).astype(np.float32)
    data = Dataset("numbers", x, x[:, :1], x[:0], x[:0, :1])
    session = Session(NetworkSpec(nodes), data, TrainingSettings(batch_size=4))
    session.single_step()
    told = tell(session, "backward", "a", 2, 1).told
    assert "BatchNorm" not in told.note
    assert told.engine and told.result == pytest.approx(told.engine, rel=1e-4)


def test_the_past_and_a_search_say_what_they_cannot_tell():
    session = open_example("iris").session()
    assert tell(Past(session), "update", "dense_1").told.rows
    project = open_example("iris")
    project.document.set_settings(TrainingSettings(optimizer="hill_climber", loss="softmax_cross_entropy"))
    assert "no gradient" in tell(project.session(), "update", "dense_1").told.note


def test_an_operation_that_is_gone_falls_back_to_the_first():
    operation = tell(open_example("iris").session(), "backward", "ghost")
    assert operation.at == 0 and operation.stages[0].kind == "forward"


def test_kept_gradients_are_those_of_finite_differences():
    session = open_example("xor").session()
    x, y = session.data.x_train[:5], session.data.y_train[:5]
    program = session.gradients(x, y)
    for slot in session.layout.parameters:
        gradient = program.gradient(slot).ravel()
        at = int(np.abs(gradient).argmax())
        ends = []
        for sign in (1, -1):
            moved = session.parameters.astype(np.float64)
            moved[slot.offset + at] += sign * 1e-2
            none = np.zeros(len(moved))
            ends.append(session.survey(moved, none, none, np.zeros((1, 2)), x, y)[0])
        assert gradient[at] == pytest.approx((ends[0] - ends[1]) / 2e-2, rel=2e-2, abs=1e-4)


def test_layers_that_train_otherwise_go_back_as_the_engine_does():
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("c", "conv2d", {"filters": 4}, ("i",)),
        NodeSpec("n", "batchnorm", {}, ("c",)),
        NodeSpec("g", "gaussiannoise", {"deviation": 0.3}, ("n",)),
        NodeSpec("r", "tanh", {}, ("g",)),
        NodeSpec("p", "averagepool2d", {}, ("r",)),
        NodeSpec("f", "flatten", {}, ("p",)),
        NodeSpec("x", "dropout", {"rate": 0.4}, ("f",)),
        NodeSpec("d", "dense", {"units": 3}, ("x",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    rng = np.random.default_rng(1)
    x = rng.normal(size=(12, 6, 6, 2)).astype(np.float32)
    y = rng.integers(0, 3, (12, 1)).astype(np.float32)
    data = Dataset("pictures", x, y, x[:0], y[:0], classes=("a", "b", "c"))
    settings = TrainingSettings(batch_size=4).with_option("loss", "softmax_cross_entropy")
    session = Session(NetworkSpec(nodes), data, settings)
    for _ in range(5):
        session.single_step()
    for node in ("c", "n", "g", "r", "p", "f", "x"):
        for unit in (0, 7, 20):
            operation = tell(session, "backward", node, unit, 1)
            told = operation.told
            assert operation.stages[operation.at].node == node
            assert told.result is not None and told.engine is not None, (node, told.rows)
            assert told.result == pytest.approx(told.engine, rel=2e-3, abs=1e-6), (node, unit)


@pytest.mark.parametrize("kind, options, shapes", CASES)
def test_every_layer_is_told_there_and_back_as_the_engine_computes_it(kind, options, shapes):
    document = document_with(kind, options, shapes)
    session = Session(document.graph.to_network(), data_of(kind, options, shapes), document.settings)
    for _ in range(3):
        session.single_step()
    # Back to the logits it is the loss that is told.
    told_back = set(session.layout.nodes) - {session.layout.logits}
    for node in session.layout.nodes.values():
        for operation in ("forward", "backward"):
            for unit in (0, 3):
                arithmetic = tell(session, operation, node.id, unit, 1)
                if (arithmetic.stages[arithmetic.at].node, arithmetic.stages[arithmetic.at].kind) != (
                    node.id,
                    operation,
                ):
                    continue
                if operation == "backward" and any(
                    r.label.endswith("not broken down") for r in arithmetic.told.rows
                ):
                    # What was switched off between the two ends of a layer cannot be seen from there.
                    assert options.get("dropout") and arithmetic.told.result is None
                    continue
                if operation == "forward" or node.id in told_back:
                    assert arithmetic.told.result is not None, (node.id, operation)
                    assert arithmetic.told.result == pytest.approx(arithmetic.told.engine, rel=5e-3, abs=1e-6)


def test_dropout_of_a_zero_is_told_by_what_came_back():
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("e", "dense", {"units": 40}, ("i",)),
        NodeSpec("r", "relu", {}, ("e",)),
        NodeSpec("x", "dropout", {"rate": 0.4}, ("r",)),
        NodeSpec("d", "dense", {"units": 3}, ("x",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    rng = np.random.default_rng(1)
    x = rng.normal(size=(12, 5)).astype(np.float32)
    y = rng.integers(0, 3, (12, 1)).astype(np.float32)
    data = Dataset("rows", x, y, x[:0], y[:0], classes=("a", "b", "c"))
    session = Session(
        NetworkSpec(nodes), data, TrainingSettings().with_option("loss", "softmax_cross_entropy")
    )
    told = [tell(session, "backward", "r", unit).told for unit in range(40)]
    zeros = session.predict(data.x_train[:1], "r")[0] == 0
    gradients = [t.rows[0].numbers[1] for t in told]
    assert {round(s, 4) for s, zero in zip(gradients, zeros, strict=True) if zero} == {0, round(1 / 0.6, 4)}
    for t in told:
        assert t.result == pytest.approx(t.engine, rel=1e-4, abs=1e-9)


def test_the_way_back_through_a_large_convolution_is_told_number_by_number():
    session = open_example("mnist-convnet").session()
    (conv,) = [n.id for n in session.layout.nodes.values() if n.layer.id == "conv2d"][1:]
    before = session.layout.nodes[conv].inputs[0]
    shape = session.layout.nodes[before].shape
    unit = int(np.ravel_multi_index((5, 6, 3), shape))
    told = tell(session, "backward", before, unit).told
    options = session.layout.nodes[conv].options
    used = options["kernel_size"] ** 2 * options["filters"]
    assert len(told.rows) + told.left_out == used
    assert told.result == pytest.approx(told.engine, rel=1e-3, abs=1e-7)


@pytest.mark.parametrize(
    "kind, options",
    [
        ("lstm", {"units": 12, "return_sequences": True}),
        ("gru", {"units": 9, "bidirectional": True, "return_sequences": True}),
        ("gru", {"units": 9, "reset": "before", "reverse": True, "return_sequences": True}),
        ("simplernn", {"units": 9, "activation": "relu", "return_sequences": True}),
        ("multiheadattention", {"heads": 2}),
    ],
)
def test_layers_with_numbers_in_between_are_told_there_and_back(kind, options):
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("d", "dense", {"units": 20}, ("i",)),
        NodeSpec("it", kind, options, ("d",)),
        NodeSpec("g", "globalaveragepool1d", {}, ("it",)),
        NodeSpec("h", "dense", {"units": 3}, ("g",)),
        NodeSpec("o", "output", {}, ("h",)),
    )
    rng = np.random.default_rng(1)
    # 30 steps of 20 values go in.
    x = rng.normal(size=(8, 30, 4)).astype(np.float32)
    y = rng.integers(0, 3, (8, 1)).astype(np.float32)
    data = Dataset("sequences", x, y, x[:0], y[:0], classes=("a", "b", "c"))
    session = Session(
        NetworkSpec(nodes), data, TrainingSettings().with_option("loss", "softmax_cross_entropy")
    )
    there = tell(session, "forward", "it", 40).told
    assert there.rows and there.result == pytest.approx(there.engine, rel=1e-4, abs=1e-6)
    for unit in (0, 333, 599):
        back = tell(session, "backward", "d", unit).told
        assert back.rows and back.result == pytest.approx(back.engine, rel=2e-3, abs=1e-7)


def test_the_update_of_a_layer_in_a_group_is_by_the_optimizer_of_that_group():
    project = Project.open(Path(__file__).parents[2] / "resources" / "lessons" / "gan" / "start.nns")
    settings = project.document.settings.with_option("generator.optimizer", "sgd")
    project.document.set_settings(settings.with_option("generator.learning_rate", 0.5))
    session = project.session()
    for _ in range(3):
        session.single_step()
    told = tell(session, "update", "gen", 0).told
    assert told.formula.startswith("SGD") and "of all losses together" in told.note
    for before, gradient, after in (row.numbers for row in told.rows):
        assert after == pytest.approx(before - 0.5 * gradient)
    assert tell(session, "update", "judge/dense_1", 0).told.formula.startswith("Adam")
