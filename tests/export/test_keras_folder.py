"""Keras code, without Keras: it compiles, reads as it should, and no name in a file becomes code."""

from __future__ import annotations

import ast
import json

import numpy as np
import pytest
from export.cases import cases, difference, expected, hostile, inputs
from export.cases import exported as drawn
from export.test_pytorch_folder import SKIP, SMALL, exported, imports
from kernels.networks import chain

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.spec import losses, optimizers, schedules
from nnstudio.export import keras_folder
from nnstudio.export.exporting import export
from nnstudio.export.format import ExportError, formats
from nnstudio.export.keras.graph import ALL
from nnstudio.export.keras.layout import weights_of
from nnstudio.export.keras.model import model_text
from nnstudio.export.keras.training import training_text
from nnstudio.export.network import ExportedNetwork, predict
from nnstudio.project import open_example


def is_refused(network: ExportedNetwork) -> bool:
    """Whether pooling has a dilation, or a transposed convolution has one besides a stride."""
    for node in network.nodes:
        if node.layer.id.startswith(("maxpool", "convtranspose")):
            frame = node.layer.frame(node.options, node.input_shapes[0])
            dilated, strided = (
                any(n > 1 for n in ns) for ns in zip(*[(a.dilation, a.stride) for a in frame], strict=True)
            )
            if dilated and (strided or node.layer.id.startswith("maxpool")):
                return True
    return False


REFUSED = [name for name, network in cases().items() if is_refused(network)]


@pytest.fixture(autouse=True)
def no_keras(monkeypatch):
    monkeypatch.setattr(keras_folder, "has_keras", lambda: False)


@pytest.mark.parametrize("name", REFUSED)
def test_what_it_cannot_express_is_refused_by_node(name):
    with pytest.raises(ExportError, match=r"'it' .*dilation.*NumPy NPZ"):
        formats["keras"].check(cases()[name])


@pytest.mark.parametrize("name", [name for name in cases() if name not in REFUSED])
def test_every_case_is_expressed_and_its_weights_come_back(name, tmp_path):
    network, form = cases()[name], formats["keras"]
    form.check(network)
    form.write(network, tmp_path)
    for file in ("model.py", "train.py"):
        text = (tmp_path / file).read_text("utf-8")
        assert ast.parse(text).body and max(map(len, text.splitlines())) < 180
    assert difference(expected(name, 3), predict(*form.read(tmp_path), inputs(network, 3))) < 1e-6


GOLDEN = '''def build():
    """The model with fresh weights; it takes what `prepare` gives."""
    inputs = keras.Input((5, 4, 2))
    x = layers.Conv2D(3, 3, padding="same", name="conv2d0")(inputs)  # (n, 5, 4, 3)
    x = layers.BatchNormalization(momentum=0.9, epsilon=1e-05, name="batchnorm1")(x)  # (n, 5, 4, 3)
    x = layers.Flatten(name="flatten2")(x)  # (n, 60)
    x = layers.Dense(2, name="dense3")(x)  # (n, 2)
    return keras.Model(inputs, x)
'''


def built(text: str) -> str:
    return text[text.index("def build") : text.index("\n\ndef prepare")]


def test_a_chain_reads_as_a_person_writes_it():
    text = model_text(exported(SMALL, (5, 4, 2), {"targets": ["a", "b"]}), "1")
    assert built(text) == GOLDEN


def test_a_layer_that_is_used_twice_has_a_variable():
    text = built(model_text(exported(SKIP, (3,)), "1"))
    assert (
        """    a_layer = layers.Dense(3, name="a")
    a = a_layer(inputs)  # (n, 3)
    x = a_layer(inputs)  # (n, 3)
    x = layers.ReLU(name="noise")(x)  # (n, 3)
    x = layers.Add(name="c")([a, x])  # (n, 3)
"""
        in text
    )


@pytest.mark.parametrize(
    "kind, options, shape, line",
    [
        ("conv2d", {"padding": "sides", "pad_top": 2}, (5, 4, 2), "ZeroPadding2D(((2, 0), (0, 0)))(x)"),
        ("conv2d", {"stride": 2, "dilation": 2}, (5, 4, 2), '(x)[:, ::2, ::2]  # (n, 3, 2, 16)'),
        ("conv1d", {"padding": "causal"}, (5, 2), 'layers.Conv1D(16, 3, padding="causal", name="it")(x)'),
        ("conv2d", {"groups": 2, "filters": 4}, (5, 4, 2), "Conv2D(4, 3, padding=\"same\", groups=2, name"),
        ("convtranspose2d", {"padding": 1, "kernel_size": 4}, (3, 2, 2), "layers.Cropping2D(1)(x)"),
        ("maxpool2d", {"padding": "same"}, (5, 3, 2), 'layers.MaxPooling2D(2, padding="same", name="it")(x)'),
        ("averagepool1d", {"padding": "same"}, (5, 2), "mean_pool(x, 2, 2, ((0, 1),))"),
        ("gru", {"bidirectional": True, "units": 3}, (5, 2),
         'layers.Bidirectional(layers.GRU(3, name="gru"), name="it")(x)'),
        ("gru", {"reset": "before", "reverse": True, "units": 3}, (5, 2),
     'x = layers.GRU(3, reset_after=False, go_backwards=True, name="it")(x)'),
    ("simplernn", {"activation": "relu", "reverse": True, "return_sequences": True, "units": 3}, (5, 2),
     'x = ops.flip(layers.SimpleRNN(3, return_sequences=True, activation="relu", go_backwards=True, name'),
    ("pad2d", {"mode": "edge"}, (1, 2, 1), 'ops.take(x, np.pad(np.arange(1), (1, 1), "edge").tolist(), '),
    ],
)  # fmt: skip
def test_options_are_those_of_keras(kind, options, shape, line):
    network = NetworkSpec((
        NodeSpec("in", "input"), NodeSpec("r", "relu", {}, ("in",)), NodeSpec("it", kind, options, ("r",)),
        NodeSpec("flat", "flatten", {}, ("it",)), NodeSpec("out", "output", {}, ("flat",)),
    ))  # fmt: skip
    assert line in built(model_text(exported(network, shape), "1"))


def test_gates_biases_and_heads_lie_as_in_keras():
    network = drawn(chain(("lstm", {"units": 3, "return_sequences": True}), ("gru", {"units": 3}),
                          ("batchnorm", {})), (5, 2))  # fmt: skip
    ours, theirs = network.arrays, weights_of(network)
    assert np.array_equal(theirs["lstm0/lstm_cell/kernel"], ours["lstm0.weight"])
    assert theirs["lstm0/lstm_cell/bias"].shape == (12,)
    r, z, n = np.split(ours["gru1.weight"], 3, 1)
    assert np.array_equal(theirs["gru1/gru_cell/kernel"], np.concatenate([z, r, n], 1))
    first, second = theirs["gru1/gru_cell/bias"]
    assert np.array_equal(first[:3], ours["gru1.bias"][3:6]) and not second[:6].any()
    assert np.array_equal(second[6:], ours["gru1.recurrent_bias"])
    assert np.array_equal(theirs["batchnorm2/moving_variance"], ours["batchnorm2.running_var"])


def test_no_name_becomes_code():
    network = exported(
        hostile(), (2,), {"classes": ['"""', "'); import os #", "c"], "features": ["\\", "{x}"]}
    )
    plain = exported(chain(("dense", {"units": 3}), ("relu", {})), (2,), {"classes": ["a", "b", "c"]})
    assert imports(model_text(network, "1")) == imports(model_text(plain, "1"))
    assert imports(training_text(network)) == imports(training_text(plain))


def test_an_option_or_a_padding_that_the_code_does_not_know_is_refused(monkeypatch):
    emitter, known = ALL["conv2d"]
    fewer = tuple(name for name in known if name != "dilation")
    monkeypatch.setattr("nnstudio.export.keras.graph.ALL", {**ALL, "conv2d": (emitter, fewer)})
    network = exported(chain(("conv2d", {"dilation": 2}), ("flatten", {})), (5, 4, 2))
    with pytest.raises(ExportError, match=r"'conv2d0' \(Conv2D\) with dilation = 2\. Set it to 1"):
        formats["keras"].check(network)
    monkeypatch.setattr("nnstudio.export.format.PADDINGS", ("same",))
    network = exported(chain(("conv2d", {"padding": "valid"}), ("flatten", {})), (5, 4, 2))
    with pytest.raises(ExportError, match="with padding = 'valid'"):
        formats["keras"].check(network)


def test_shared_weights_with_other_options_are_refused():
    network = chain(("layernorm", {}), ("layernorm", {"shares": "layernorm0", "epsilon": 0.1}))
    with pytest.raises(ExportError, match="shares the weights of 'layernorm0', but its options are others"):
        formats["keras"].check(exported(network, (3,)))


@pytest.mark.parametrize("optimizer", list(optimizers), ids=lambda o: o.id)
def test_every_optimizer_is_there_or_its_lack_is_said(optimizer):
    text = training_text(exported(SMALL, (5, 4, 2), optimizer=optimizer.id))
    ast.parse(text)
    assert (f"'{optimizer.id}' in nnstudio, which Keras lacks" in text) == (optimizer.id == "hill_climber")


@pytest.mark.parametrize("schedule", list(schedules), ids=lambda s: s.id)
def test_every_schedule_is_there(schedule):
    text = training_text(exported(SMALL, (5, 4, 2), schedule=schedule.id, extras={"patience": 3}))
    ast.parse(text)
    assert "is left out" not in text and "PATIENCE = 3" in text
    assert ("class Schedule" in text) == (schedule.id not in ("constant", "plateau"))


def test_a_layer_that_learns_by_its_own_rate_is_noted():
    text = training_text(exported(chain(("dense", {"units": 3, "learning_rate_factor": 2.0})), (4,)))
    assert "'dense0' with 2 times the rate of the others" in " ".join(text.split())


def test_the_loop_has_the_settings_of_the_project():
    text = training_text(
        exported(
            chain(("dense", {"units": 3, "frozen": True}), ("softmax", {})), (4,),
            {"classes": ["a", "b", "c"]}, loss="softmax_cross_entropy", epochs=7, batch_size=5, seed=9,
            loss_options={"class_weights": "1, 2, 3", "label_smoothing": 0.1}, optimizer="adamw",
            optimizer_options={"learning_rate": 0.02, "weight_decay": 0.05},
            extras={"l1": 0.5, "clip_value": 2.0, "max_norm": 3.0, "warmup_steps": 4},
        )
    )  # fmt: skip
    for part in (
        "EPOCHS = 7\n", "BATCH_SIZE = 5\n", "LEARNING_RATE = 0.02\n", "SEED = 9\n", "L1 = 0.5\n",
        'CLASS_WEIGHTS = np.array([1.0, 2.0, 3.0], "float32")\n', "0.1 / output.shape[-1]",
        "AdamW(rate, weight_decay=0.05,", "clipvalue=CLIP_VALUE)", "MaxNorm(MAX_NORM, axes)",
        "ops.minimum((step + 1) / 4, 1.0)", 'model.get_layer("dense0").trainable = False',
        "the network gives probabilities", "model = Penalised(model.input, model.output)",
    ):  # fmt: skip
        assert part in text, part


def test_where_keras_is_not_the_references_judge_the_weights(tmp_path):
    parity = export(open_example("iris").session(), tmp_path / "iris", format_name="keras")
    assert parity.holds and "Keras is not installed here, so model.py did not run" in parity.judge
    names = sorted(path.name for path in (tmp_path / "iris").iterdir())
    assert names == ["README.md", "model.py", "model.safetensors", "train.py"]
    text = (tmp_path / "iris" / "model.py").read_text("utf-8")
    assert "CLASSES = ['setosa', 'versicolor', 'virginica']" in text
    assert json.loads((tmp_path / "iris.parity.json").read_text())["judge"] == parity.judge


def test_code_that_fails_is_no_export(tmp_path, monkeypatch):
    monkeypatch.setattr(keras_folder, "has_keras", lambda: True)
    monkeypatch.setattr(keras_folder, "model_text", lambda *_: "raise ValueError('no such module')\n")
    with pytest.raises(ExportError, match=r"Keras cannot save it \(model\.py failed: ValueError: no such"):
        export(open_example("iris").session(), tmp_path / "iris", format_name="keras")
    assert list(tmp_path.iterdir()) == []


def test_a_loss_that_keras_lacks_is_refused_before_anything_is_written(monkeypatch):
    class Other(type(losses["mae"])):
        """A loss of another package."""

        id = "other"

    monkeypatch.setattr(losses, "_entries", {**losses._entries, "other": Other()})
    network = exported(chain(("dense", {"units": 1})), (3,), loss="other")
    with pytest.raises(ExportError, match=r"no counterpart of the loss 'other' of 'output'.*safetensors"):
        formats["keras"].check(network)
