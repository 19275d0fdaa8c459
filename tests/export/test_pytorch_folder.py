"""PyTorch code, without PyTorch: it compiles, reads as it should, and no name in a file becomes code."""

from __future__ import annotations

import ast
import json

import numpy as np
import pytest
from foreign.write_exports import around
from kernels.networks import chain, reads_samples

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.program import Layout
from nnkernels.spec import Role, layers, losses, optimizers, schedules
from nnstudio.export import pytorch_folder
from nnstudio.export.exporting import export
from nnstudio.export.format import NOT_COMPUTED, ExportError, formats
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.pytorch.model import model_text
from nnstudio.export.pytorch.modules import EMITTERS
from nnstudio.export.pytorch.readme import readme_text
from nnstudio.export.pytorch.training import training_text
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import open_example

PREPARATION = {
    "data": "toy", "classes": [], "features": [], "inputs": [], "targets": ["y"], "x_shift": [0.0],
    "x_scale": [1.0], "y_shift": [0.0], "y_scale": [1.0],
}  # fmt: skip


def exported(
    network: NetworkSpec, shape: tuple[int, ...], told: dict | None = None, **settings
) -> ExportedNetwork:
    """With arrays of zeros."""
    run = TrainingSettings(**settings)
    layout = Layout.of(network, shape, run.loss)
    arrays = {f"{p.node}.{p.name}": np.zeros(p.shape, np.float32) for p in layout.parameters}
    return ExportedNetwork(
        tuple(layout.nodes.values()), layout.output, arrays, dict(layout.owners), run.loss,
        {**PREPARATION, "input_shape": list(shape), **(told or {})}, layout.targets, run,
    )  # fmt: skip


def of_samples(layer) -> list[ExportedNetwork]:
    return [exported(*around(layer.id, options, shapes)) for options, shapes in layer.samples]


def test_every_option_is_heeded():
    for layer in (x for x in layers if x.id in EMITTERS):
        names = {option.name for option in layer.options} - NOT_COMPUTED
        assert names <= {*EMITTERS[layer.id][1]}, layer.id
    assert len(EMITTERS) > 40


@pytest.mark.parametrize(
    "layer", [x for x in layers if x.role == Role.LAYER and reads_samples(x)], ids=lambda x: x.id
)
def test_every_layer_is_expressed(layer):
    for network in of_samples(layer):
        formats["pytorch"].check(network)
        for text in (model_text(network, "1"), training_text(network)):
            tree = ast.parse(text)
            assert max(map(len, text.splitlines())) < 130 and tree.body


GOLDEN = '''class Model(nn.Sequential):
    """Takes (n, 2, 5, 4), scaled by `prepare`."""

    def __init__(self):
        super().__init__(OrderedDict([
            ("conv2d0", nn.Conv2d(2, 3, kernel_size=3, padding=1)),  # (n, 3, 5, 4)
            ("batchnorm1", nn.BatchNorm2d(3, eps=1e-05, momentum=0.1)),  # (n, 3, 5, 4)
            ("flatten2", nn.Flatten()),  # (n, 60)
            ("dense3", nn.Linear(60, 2)),  # (n, 2)
        ]))


'''
SMALL = chain(("conv2d", {"filters": 3}), ("batchnorm", {}), ("flatten", {}), ("dense", {"units": 2}))


def test_a_chain_is_a_sequential():
    text = model_text(exported(SMALL, (5, 4, 2), {"targets": ["a", "b"]}, loss="mse"), "1")
    assert text[text.index("class Model") : text.index("def prepare")] == GOLDEN


SKIP = NetworkSpec((
    NodeSpec("in", "input"),
    NodeSpec("a", "dense", {"units": 3}, ("in",)),
    NodeSpec("b", "dense", {"units": 3, "shares": "a"}, ("in",)),
    NodeSpec("noise", "relu", {}, ("b",)),
    NodeSpec("c", "add", {}, ("a", "noise")),
    NodeSpec("out", "output", {}, ("c",)),
))  # fmt: skip
FORWARD = """    def forward(self, x):
        a = self.a(x)  # (n, 3)
        x = self.a(x)  # (n, 3)
        x = self.noise(x)  # (n, 3)
        x = a + x  # (n, 3)
        return x
"""


def test_links_that_skip_and_shared_weights_are_plain_lines():
    text = model_text(exported(SKIP, (3,)), "1")
    assert FORWARD in text and text.count("nn.Linear") == 1


HOSTILE = (
    '"""\nimport os\nos.abort()\n"""',
    "'); import os #",
    "\\",
    "a\r\nimport os",
    "{x}",
    "$notes",
    "\u2028",
    "\ud800",
)


def imports(text: str) -> set[str]:
    tree = ast.walk(ast.parse(text))
    return {a.name for n in tree if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names}


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_becomes_code(name):
    network = NetworkSpec((
        NodeSpec("in", "input"),
        NodeSpec(name, "dense", {"units": 3, "frozen": True}, ("in",)),
        NodeSpec(f"{name}2", "softmax", {}, (name,)),
        NodeSpec("out", "output", {}, (f"{name}2",)),
    ))  # fmt: skip
    told = {"classes": [name, "b", "c"], "features": [name, "y"], "targets": [name], "data": name}
    hostile = exported(network, (2,), told, loss="softmax_cross_entropy")
    plain = exported(
        chain(("dense", {"units": 3}), ("softmax", {})), (2,), {"classes": ["a", "b", "c"]},
        loss="softmax_cross_entropy",
    )  # fmt: skip
    for text in (model_text, lambda n, _v: training_text(n)):
        assert imports(text(hostile, "1")) == imports(text(plain, "1"))
        text(hostile, "1").encode()
    constants = {
        n.targets[0].id: n.value
        for n in ast.parse(model_text(hostile, "1")).body
        if isinstance(n, ast.Assign)
    }
    assert ast.literal_eval(constants["CLASSES"]) == [name, "b", "c"]
    assert ast.literal_eval(constants["FEATURES"]) == [name, "y"]


def test_an_option_that_the_code_does_not_know_is_newer(monkeypatch):
    emitter, known = EMITTERS["conv2d"]
    fewer = tuple(name for name in known if name != "dilation")
    monkeypatch.setattr("nnstudio.export.pytorch.graph.EMITTERS", {**EMITTERS, "conv2d": (emitter, fewer)})
    network = exported(chain(("conv2d", {"dilation": 2}), ("flatten", {})), (5, 4, 2))
    with pytest.raises(ExportError, match=r"'conv2d0' \(Conv2D\) with dilation = 2\. Set it to 1"):
        formats["pytorch"].check(network)


def test_a_layer_that_it_does_not_know_is_newer(monkeypatch):
    monkeypatch.setattr("nnstudio.export.pytorch.graph.EMITTERS", {})
    with pytest.raises(ExportError, match=r"cannot express 'dense0' \(Dense\)"):
        formats["pytorch"].check(exported(chain(("dense", {})), (3,)))


def test_shared_weights_with_other_options_are_refused():
    network = chain(("layernorm", {}), ("layernorm", {"shares": "layernorm0", "epsilon": 0.1}))
    with pytest.raises(ExportError, match="shares the weights of 'layernorm0', but its options are others"):
        formats["pytorch"].check(exported(network, (3,)))


@pytest.mark.parametrize("optimizer", list(optimizers), ids=lambda o: o.id)
def test_every_optimizer_is_there_or_its_lack_is_said(optimizer):
    text = training_text(exported(SMALL, (5, 4, 2), optimizer=optimizer.id))
    ast.parse(text)
    assert (f"'{optimizer.id}' in nnstudio, which PyTorch lacks" in text) == (optimizer.id == "hill_climber")


@pytest.mark.parametrize("schedule", list(schedules), ids=lambda s: s.id)
def test_every_schedule_is_there(schedule):
    text = training_text(exported(SMALL, (5, 4, 2), schedule=schedule.id, extras={"patience": 3}))
    ast.parse(text)
    assert "is left out" not in text and "PATIENCE = 3" in text
    assert ("schedule.step(" in text) == (schedule.id != "constant")


def test_the_loop_has_the_settings_of_the_project():
    text = training_text(
        exported(
            chain(("dense", {"units": 3}), ("softmax", {})), (4,), {"classes": ["a", "b", "c"]},
            loss="softmax_cross_entropy", epochs=7, batch_size=5, seed=9,
            loss_options={"class_weights": "1, 2, 3", "label_smoothing": 0.1}, optimizer="adamw",
            optimizer_options={"learning_rate": 0.02, "weight_decay": 0.3},
            extras={"l1": 0.5, "clip_value": 2.0, "max_norm": 3.0, "warmup_steps": 4},
        )
    )  # fmt: skip
    for part in (
        "EPOCHS = 7\n", "BATCH_SIZE = 5 ", "LEARNING_RATE = 0.02\n", "SEED = 9\n",
        "CLASS_WEIGHTS = torch.tensor([1.0, 2.0, 3.0])\n", "label_smoothing=0.1", "weight_decay=0.3)",
        "L1 = 0.5\n", "CLIP_VALUE = 2.0\n", "MAX_NORM = 3.0\n", "min((step + 1) / 4, 1.0)",
        "model.softmax1 = nn.Identity()",
    ):  # fmt: skip
        assert part in text, part


def test_a_layer_that_learns_by_a_rate_of_its_own_is_noted():
    text = training_text(exported(chain(("dense", {"units": 3, "learning_rate_factor": 0.1})), (4,)))
    told = "'dense0' with 0.1 times the rate of the others; here all layers learn alike"
    assert told in " ".join(text.split())
    assert "times the rate" not in training_text(exported(SKIP, (3,)))


def test_recurrent_layers_learn_as_many_biases_as_here():
    text = training_text(exported(chain(("gru", {"units": 3, "frozen": True})), (5, 2)))
    # A hook cannot be put on what is frozen.
    assert text.index("    keep_one_bias(model)\n    ") < text.index("model.gru0.requires_grad_(False)")
    assert "keep_one_bias" not in training_text(exported(SKIP, (3,)))


def test_where_pytorch_is_not_the_references_judge_the_weights(tmp_path, monkeypatch):
    monkeypatch.setattr(pytorch_folder, "_has_pytorch", lambda: False)
    parity = export(open_example("iris").session(), tmp_path / "iris", format_name="pytorch")
    assert parity.holds and "PyTorch is not installed here, so model.py did not run" in parity.judge
    names = sorted(path.name for path in (tmp_path / "iris").iterdir())
    assert names == ["README.md", "model.py", "model.safetensors", "train.py"]
    text = (tmp_path / "iris" / "model.py").read_text("utf-8")
    assert "CLASSES = ['setosa', 'versicolor', 'virginica']" in text
    assert json.loads((tmp_path / "iris.parity.json").read_text())["judge"] == parity.judge


def test_one_process_runs_all_batches(tmp_path, monkeypatch):
    monkeypatch.setattr(pytorch_folder, "_has_pytorch", lambda: True)
    # It writes down each time that it is imported, or loaded.
    code = """
from pathlib import Path
note = Path(__file__).with_name("note").open("a")
note.write("imported ")
def load():
    note.write("loaded ")
    return 2
def outputs(rows, model):
    return rows * model
"""
    (tmp_path / "model.py").write_text(code)
    batches = [np.ones((n, 3)) for n in (1, 7, 9)]
    results = formats["pytorch"].predictions(tmp_path, batches)
    assert [result.shape for result in results] == [(1, 3), (7, 3), (9, 3)] and results[1][0, 0] == 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["model.py", "note"]
    assert (tmp_path / "note").read_text() == "imported loaded "


@pytest.mark.parametrize(
    ("network", "shape", "fitting", "wrong"),
    [
        (SMALL, (5, 4, 2), [(3, 5, 4, 2), (3, 40), (0, 5, 4, 2)], [(3, 2, 5, 4), (5, 4, 2), (40,), ()]),
        (chain(("dense", {})), (4,), [(3, 4), (1, 4)], [(1, 28, 28, 1), (4,), (4, 1)]),
    ],
)
def test_rows_of_another_shape_are_refused(network, shape, fitting, wrong):
    text = model_text(exported(network, shape), "1")
    start = text.index("def prepare")
    prepare = text[start : text.index("def load")]
    names = {"np": np, "INPUT_SHIFT": 0.0, "INPUT_SCALE": 1.0, "torch": FakeTorch}
    exec(prepare, names)
    for given in fitting:
        assert len(names["prepare"](np.zeros(given))) == given[0]
    for given in wrong:
        with pytest.raises(ValueError, match=r"^The rows must be an array \(n, .*\), but this one is \("):
            names["prepare"](np.zeros(given))


class FakeTorch:
    """As much of PyTorch as preparing needs."""

    float32 = np.float32

    @staticmethod
    def tensor(x: np.ndarray, dtype: type) -> Turned:
        return x.astype(dtype).view(Turned)


class Turned(np.ndarray):
    def permute(self, *axes: int) -> np.ndarray:
        return self.transpose(axes)


def readme_of(network: NetworkSpec, shape: tuple[int, ...], **told) -> str:
    return readme_text(exported(network, shape, told), "1")


def test_the_readme_tells_what_rows_are():
    table = readme_of(chain(("dense", {})), (2,), features=["a", "`\n# b"], targets=["price"])
    assert "The columns are, in this order: `a`, `' # b`." in table and "[[0.0, 0.0]]" in table
    assert "`price` in their own units" in table and "train.py data.csv" in table
    many = readme_of(chain(("dense", {})), (50,), features=[f"f{i}" for i in range(50)])
    assert "`f39` and 10 more (see model.py)" in many and "np.zeros((1, 50))" in many
    picture = readme_of(SMALL, (5, 4, 1), x_scale=[255.0], classes=["a", "b"])
    assert "array `(n, 5, 4, 1)`" in picture and ": from 0 to 255" in picture
    assert "python model.py picture.png  " in picture and "numpy safetensors pillow\n" in picture
    assert "--invert" not in picture and "must be inverted" in picture
    assert "picture.png" not in table and "numpy safetensors\n" in table
    assert "8 bits go from 0 to 255" in readme_of(SMALL, (5, 4, 3), x_shift=[120.0], x_scale=[60.0])
    steps = readme_of(chain(("lstm", {"units": 2})), (6, 3))
    assert "`(n, 6, 3)`" in steps and "train.py data.npz" in steps and "Pillow" not in steps


@pytest.mark.parametrize(
    ("network", "classes", "told"),
    [
        (chain(("dense", {"units": 3}), ("softmax", {})), "abc", "the probability of each of"),
        (chain(("dense", {"units": 3})), "abc", "a score of each of"),
        (chain(("dense", {"units": 1})), "ab", "a score, above 0 for the second of"),
        (chain(("dense", {"units": 1})), "", "the same before they are scaled back"),
    ],
)
def test_the_readme_tells_what_comes_out(network, classes, told):
    loss = {3: "softmax_cross_entropy", 2: "binary_cross_entropy"}.get(len(classes), "mse")
    text = readme_text(exported(network, (2,), {"classes": list(classes)}, loss=loss), "1")
    assert f"`outputs(rows)` {told}" in text


def test_code_that_fails_is_no_export(tmp_path, monkeypatch):
    monkeypatch.setattr(pytorch_folder, "_has_pytorch", lambda: True)
    monkeypatch.setattr(pytorch_folder, "model_text", lambda *_: "raise ValueError('no such module')\n")
    with pytest.raises(ExportError, match=r"\(model\.py failed: ValueError: no such module\)"):
        export(open_example("iris").session(), tmp_path / "iris", format_name="pytorch")
    assert list(tmp_path.iterdir()) == []


def test_a_loss_that_pytorch_lacks_is_refused_before_anything_is_written(monkeypatch):
    class Other(type(losses["mae"])):
        """A loss of another package."""

        id = "other"

    monkeypatch.setattr(losses, "_entries", {**losses._entries, "other": Other()})
    network = exported(chain(("dense", {"units": 1})), (3,), loss="other")
    with pytest.raises(ExportError, match=r"no counterpart of the loss 'other' of 'output'.*safetensors"):
        formats["pytorch"].check(network)


def test_a_dot_before_an_output_leaves_the_last_activation_to_the_loss():
    network = chain(("dense", {"units": 3}), ("softmax", {}), ("identity", {}))
    told = {"classes": ["a", "b", "c"]}
    text = training_text(exported(network, (4,), told, loss="softmax_cross_entropy"))
    assert "softmax1 = nn.Identity()" in text and "identity2 = nn.Identity()" not in text
