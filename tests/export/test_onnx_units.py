"""Numbers come out of an ONNX file in the units of the data, and the export says what comes out."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import onnx
import onnxruntime
import pytest
from kernels.networks import chain

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.compared_file import read_network
from nnstudio.data.dataset import Dataset
from nnstudio.export.exporting import export
from nnstudio.export.format import formats
from nnstudio.export.network import ExportedNetwork
from nnstudio.from_network import project_of
from nnstudio.importing.importer import importers
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

SHIFTS, SCALES = np.array([1.179, -40.0, 7.0]), np.array([0.9425, 3.0, 100.0])
REGRESSION = chain(("dense", {"units": 5}), ("tanh", {}), ("dense", {"units": 3}))
SEVERAL = NetworkSpec((
    NodeSpec("in", "input"), NodeSpec("a", "dense", {"units": 2}, ("in",)),
    NodeSpec("b", "dense", {"units": 1}, ("in",)), NodeSpec("first", "output", {"columns": "3, 1"}, ("a",)),
    NodeSpec("second", "output", {"columns": "2"}, ("b",)),
))  # fmt: skip


def fitted(network: NetworkSpec, shift: np.ndarray = SHIFTS, width: int = 3, shape=(4,)) -> Session:
    rng = np.random.default_rng(3)
    x = rng.normal(size=(20, *shape)).astype(np.float32)
    y = rng.normal(size=(20, width)).astype(np.float32)
    scale = SCALES if width == 3 else np.array(1.0)
    data = Dataset(
        "toy", x, y, x[:9], y[:9], targets=("one", "two", "three")[:width], x_shift=2.0, x_scale=5.0,
        y_shift=shift, y_scale=scale,
    )  # fmt: skip
    session = Session(network, data, TrainingSettings(epochs=2))
    for _ in session.slices():
        pass
    return session


def given(path, raw: np.ndarray) -> list[np.ndarray]:
    runtime = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    return runtime.run(None, {runtime.get_inputs()[0].name: raw.astype(np.float32)})


def test_a_plain_file_answers_in_the_units_of_the_targets(tmp_path, monkeypatch, capsys):
    session = fitted(REGRESSION)
    parity = export(session, tmp_path / "w.onnx")
    x = session.data.x_test
    (answer,) = given(tmp_path / "w.onnx", x * 5.0 + 2.0)
    np.testing.assert_allclose(answer, session.predict(x) * SCALES + SHIFTS, rtol=1e-5, atol=1e-4)
    assert parity.holds and "gives the targets in their own units" in parity.sentence
    assert "in the units of the data" in onnx.load(tmp_path / "w.onnx").doc_string.partition("gives")[2]
    # Whoever copies the lines does not scale twice.
    assert "*" not in parity.usage.splitlines()[-1]
    monkeypatch.chdir(tmp_path)
    exec(parity.usage, {})
    assert "[[" in capsys.readouterr().out


def test_each_of_several_outputs_has_the_unit_of_its_own_targets(tmp_path):
    session = fitted(SEVERAL)
    assert export(session, tmp_path / "w.onnx").holds
    x = session.data.x_test
    first, second = given(tmp_path / "w.onnx", x * 5.0 + 2.0)
    expected = session.predict(x, "first") * SCALES[[2, 0]] + SHIFTS[[2, 0]]
    np.testing.assert_allclose(first, expected, rtol=1e-5, atol=1e-4)
    np.testing.assert_allclose(second, session.predict(x, "second") * 3.0 - 40.0, rtol=1e-5, atol=1e-4)


def test_a_file_whose_graph_scales_back_wrongly_is_not_proved(tmp_path, monkeypatch):
    from nnstudio.export.onnx import model

    inner = model._in_units

    def wrong(graph, name, value, pair, result):
        return inner(graph, name, value, (pair[0], pair[1] * 1.01), result)

    monkeypatch.setattr(model, "_in_units", wrong)
    with pytest.raises(Exception, match="does NOT predict the same"):
        export(fitted(REGRESSION), tmp_path / "w.onnx")


def test_targets_too_far_from_0_stay_scaled_and_that_is_said(tmp_path):
    session = fitted(chain(("dense", {"units": 1})), shift=np.array(2000.0), width=1)
    parity = export(session, tmp_path / "w.onnx")
    x = session.data.x_test
    (answer,) = given(tmp_path / "w.onnx", x * 5.0 + 2.0)
    np.testing.assert_allclose(answer, session.predict(x), rtol=1e-4, atol=1e-5)
    assert parity.holds and "gives SCALED numbers" in parity.sentence
    assert "+ np.array([2000.0])" in parity.usage
    assert "times y_scale plus y_shift" in onnx.load(tmp_path / "w.onnx").doc_string


@pytest.mark.parametrize("network", [REGRESSION, SEVERAL], ids=["one", "several"])
def test_it_is_imported_as_it_was_with_the_scaling_of_its_targets_beside_it(network, tmp_path):
    export(fitted(network), tmp_path / "w.onnx")
    read = importers.of(tmp_path / "w.onnx").read(tmp_path / "w.onnx")
    kinds = sorted(node.kind for node in read.nodes)
    assert kinds == sorted(node.layer for node in network.nodes)
    assert json.loads(read.metadata["preprocessing"])["y_scale"] == SCALES.tolist()


def _nameless(model: onnx.ModelProto) -> None:
    """Without the node that only gives the output its name, as optimizers write it."""
    last = model.graph.node[-1]
    assert last.op_type == "Identity"
    model.graph.node[-2].output[0] = last.output[0]
    model.graph.node.remove(last)


def _folded(model: onnx.ModelProto) -> None:
    """With the scale and the shift in the weights of the last layer."""
    graph = model.graph
    arrays = {a.name: onnx.numpy_helper.to_array(a) for a in graph.initializer}
    dense, mul, add, last = graph.node[-4:]
    scale, shift = arrays[mul.input[1]], arrays[add.input[1]]
    # Of a Gemm, weights may lie either way round.
    turned = any(a.name == "transB" and a.i for a in dense.attribute)
    weight, bias = arrays[dense.input[1]], arrays[dense.input[2]]
    arrays[dense.input[1]] = weight * (scale[:, None] if turned else scale)
    arrays[dense.input[2]] = bias * scale + shift
    last.input[0] = dense.output[0]
    for node in (mul, add):
        graph.node.remove(node)
    del graph.initializer[:]
    graph.initializer.extend(onnx.numpy_helper.from_array(v.astype(np.float32), n) for n, v in arrays.items())


def _renamed(model: onnx.ModelProto) -> None:
    model.graph.output[0].name = model.graph.node[-1].output[0] = "answer"


@pytest.mark.parametrize("change", [lambda _model: None, _nameless, _folded, _renamed])
def test_what_other_programs_made_of_a_file_is_not_scaled_back_twice(tmp_path, change):
    session = fitted(REGRESSION)
    export(session, tmp_path / "w.onnx")
    model = onnx.load(tmp_path / "w.onnx")
    change(model)
    onnx.checker.check_model(model)
    onnx.save(model, tmp_path / "w.onnx")
    read = read_network(tmp_path / "w.onnx").project.predictor()
    raw = session.data.x_test * 5.0 + 2.0
    entering = ((raw - read.data.x_shift) / read.data.x_scale).astype(np.float32)
    answer = read.predict(entering) * read.data.y_scale + read.data.y_shift
    np.testing.assert_allclose(answer, given(tmp_path / "w.onnx", raw)[0], rtol=1e-4, atol=1e-3)


def test_what_onnx_runtime_optimized_is_not_scaled_back_twice(tmp_path):
    session = fitted(SEVERAL)
    export(session, tmp_path / "w.onnx")
    options = onnxruntime.SessionOptions()
    options.optimized_model_filepath = str(tmp_path / "o.onnx")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    onnxruntime.InferenceSession(tmp_path / "w.onnx", options, providers=["CPUExecutionProvider"])
    read = read_network(tmp_path / "o.onnx").project.predictor()
    raw = session.data.x_test * 5.0 + 2.0
    entering = ((raw - read.data.x_shift) / read.data.x_scale).astype(np.float32)
    answer = read.predict(entering) * read.data.y_scale[[2, 0]] + read.data.y_shift[[2, 0]]
    np.testing.assert_allclose(answer, given(tmp_path / "w.onnx", raw)[0], rtol=1e-4, atol=1e-3)


def test_a_sequence_of_numbers_gets_its_units_step_by_step(tmp_path):
    network = chain(("dense", {"units": 3}), ("reshape", {"target": "3, 1"}))
    session = fitted(network)
    assert export(session, tmp_path / "w.onnx").holds
    x = session.data.x_test
    (answer,) = given(tmp_path / "w.onnx", x * 5.0 + 2.0)
    expected = session.predict(x) * SCALES[:, None] + SHIFTS[:, None]
    np.testing.assert_allclose(answer, expected, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("keras", "model.keras alone takes and gives SCALED numbers"),
        ("pytorch", "give SCALED numbers"), ("numpy", "outputs gives SCALED numbers"),
        ("c", "gives the targets in their own units"), ("npz", "times y_scale plus y_shift"),
        ("safetensors", "times y_scale plus y_shift"),
    ],
)  # fmt: skip
def test_every_format_says_what_goes_in_and_comes_out(kind, words):
    network = ExportedNetwork.of(fitted(REGRESSION))
    assert words in formats[kind].in_and_out(network)
    unscaled = replace(network, preprocessing={**network.preprocessing, "y_shift": [0.0], "y_scale": [1.0]})
    assert formats[kind].in_and_out(unscaled) == ""


def cells(path, raw: np.ndarray) -> dict[str, np.ndarray]:
    """What every output of a graph of rows gives, by name; the graph has an input for each column."""
    runtime = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    given = {entry.name: raw[:, i : i + 1].astype(np.float32) for i, entry in enumerate(runtime.get_inputs())}
    names = [entry.name for entry in runtime.get_outputs()]
    return dict(zip(names, runtime.run(names, given), strict=True))


def of_columns(session: Session) -> Session:
    """The same with names of its columns, so that rows of a table can go in."""
    session.data = replace(session.data, features=("a", "b", "c", "d"))
    return session


@pytest.mark.parametrize("network", [REGRESSION, SEVERAL], ids=["one", "several"])
def test_every_output_of_a_graph_of_rows_is_in_the_units_of_its_targets(network, tmp_path):
    session = of_columns(fitted(network))
    parity = export(session, tmp_path / "w.onnx", options={"rows": True})
    x = session.data.x_test
    answers = cells(tmp_path / "w.onnx", x * 5.0 + 2.0)
    columns = {"first": [2, 0], "second": [1]} if network is SEVERAL else {session.layout.output: [0, 1, 2]}
    assert list(answers) == [*columns, "prediction"]
    for name, chosen in columns.items():
        expected = session.predict(x, name) * SCALES[chosen] + SHIFTS[chosen]
        np.testing.assert_allclose(answers[name], expected, rtol=1e-5, atol=1e-4)
    first = answers[next(iter(columns))]
    np.testing.assert_allclose(answers["prediction"], first, rtol=1e-6)
    assert parity.holds and "gives the targets in their own units" in parity.sentence
    told = onnx.load(tmp_path / "w.onnx").doc_string
    assert "scaled as" not in told and "in the units of the data" in told.partition("gives")[2]


def test_a_graph_of_rows_that_scales_back_wrongly_is_not_proved(tmp_path, monkeypatch):
    from nnstudio.export.onnx import model

    inner = model._in_units

    def wrong(graph, name, value, pair, result):
        return inner(graph, name, value, (pair[0], pair[1] * 1.01), result)

    monkeypatch.setattr(model, "_in_units", wrong)
    with pytest.raises(Exception, match="does NOT predict the same"):
        export(of_columns(fitted(REGRESSION)), tmp_path / "w.onnx", options={"rows": True})


def test_rows_of_targets_too_far_from_0_say_which_output_is_scaled(tmp_path):
    session = of_columns(fitted(chain(("dense", {"units": 1})), shift=np.array(2000.0), width=1))
    parity = export(session, tmp_path / "w.onnx", options={"rows": True})
    x = session.data.x_test
    answers = cells(tmp_path / "w.onnx", x * 5.0 + 2.0)
    np.testing.assert_allclose(answers[session.layout.output], session.predict(x), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(answers["prediction"], session.predict(x) + 2000.0, rtol=1e-6)
    assert parity.holds and "'prediction'" in parity.sentence and "are SCALED" in parity.sentence


@pytest.mark.parametrize("network", [REGRESSION, SEVERAL], ids=["one", "several"])
def test_a_graph_of_rows_is_imported_with_the_scaling_of_its_targets_beside_it(network, tmp_path):
    session = of_columns(fitted(network))
    export(session, tmp_path / "w.onnx", options={"rows": True})
    read = project_of(importers.of(tmp_path / "w.onnx").read(tmp_path / "w.onnx")).project.predictor()
    x = session.data.x_test
    assert np.asarray(read.data.y_scale).tolist() == SCALES.tolist()
    for name in ("first", "second") if network is SEVERAL else (session.layout.output,):
        # The scaling of the inputs came as layers, that of the targets is the data's.
        theirs = read.predict((x * 5.0 + 2.0).astype(np.float32), name)
        np.testing.assert_allclose(theirs, session.predict(x, name), rtol=1e-4, atol=1e-5)
