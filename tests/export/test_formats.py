"""Exports over all formats: an independent reader, odd shapes, parity, and failures that lose nothing."""

from __future__ import annotations

import json
import zipfile

import numpy as np
import pytest
from kernels.networks import chain

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.export.exporting import export
from nnstudio.export.format import ExportError, Format, WeightsFormat, formats
from nnstudio.export.network import ExportedNetwork
from nnstudio.model.atomic_file import FileError
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import open_example
from nnstudio.training.session import Session

CONVNET = chain(
    ("conv2d", {"filters": 5, "kernel_size": 2, "stride": 2}), ("relu", {}), ("flatten", {}),
    ("dense", {"units": 7}), ("tanh", {}), ("dense", {"units": 3}), ("softmax", {}),
)  # fmt: skip


def session(samples: int = 7) -> Session:
    rng = np.random.default_rng(0)
    x = rng.normal(size=(30, 5, 4, 2)).astype(np.float32)
    y = rng.integers(0, 3, (30, 1)).astype(np.float32)
    data = Dataset("toy", x, y, x[:samples], y[:samples], ("a", "b", "ç"))
    session = Session(CONVNET, data, TrainingSettings(loss="softmax_cross_entropy", epochs=2))
    for _ in session.slices():
        pass
    return session


def several_ends() -> Session:
    network = NetworkSpec(
        (
            NodeSpec("left", "input", {"columns": "1-2"}),
            NodeSpec("right", "input", {"columns": "4, 3"}),
            NodeSpec("a", "dense", {"units": 3}, ("left",)),
            NodeSpec("b", "dense", {"units": 3, "shares": "a"}, ("right",)),
            NodeSpec("join", "subtract", {}, ("a", "b")),
            NodeSpec("value", "dense", {"units": 1}, ("join",)),
            NodeSpec("other", "dense", {"units": 2, "frozen": True}, ("join",)),
            NodeSpec("out1", "output", {"columns": "2"}, ("value",)),
            NodeSpec("out2", "output", {"columns": "1, 3", "weight": 0.5, "loss": "mae"}, ("other",)),
        )
    )
    rng = np.random.default_rng(0)
    x, y = (rng.normal(size=(30, n)).astype(np.float32) for n in (4, 3))
    several_ends = Session(network, Dataset("toy", x, y, x[:9], y[:9]), TrainingSettings(epochs=3))
    for _ in several_ends.slices():
        pass
    return several_ends


def read_raw(path) -> dict[str, np.ndarray]:
    """A reader of the two formats for weights that shares no code with the writers."""
    if path.suffix == ".safetensors":
        content = path.read_bytes()
        length = int.from_bytes(content[:8], "little")
        header = json.loads(content[8 : 8 + length])
        return {
            name: np.frombuffer(content[8 + length :][slice(*entry["data_offsets"])], "<f4").reshape(
                entry["shape"]
            )
            for name, entry in header.items()
            if name != "__metadata__"
        }
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not name.startswith("metadata:"):
                arrays[name.removesuffix(".npy")] = np.lib.format.read_array(
                    archive.open(name), allow_pickle=False
                )
    return arrays


@pytest.mark.parametrize("form", list(formats), ids=lambda f: f.id)
def test_every_format_is_documented_and_proves_what_it_writes(form, tmp_path):
    assert form.title and form.help.endswith(".") and form.suffix[:1] in (".", "") and type(form).__doc__
    for trained in (session(), several_ends(), open_example("celsius").session()):
        path = tmp_path / f"w{form.suffix}"
        try:
            parity = export(trained, path, format_name=form.id)
        except ExportError as error:
            assert str(error).endswith("."), "what a format cannot hold is refused with a sentence"
            assert not path.exists()
            continue
        assert path.stat().st_size > 0
        assert parity.holds or parity.largest_difference is None
        report = json.loads((tmp_path / f"w{form.suffix}.parity.json").read_text())
        assert report["holds"] == parity.holds and report["samples"] == parity.samples


def test_npz_holds_the_arrays_as_they_are(tmp_path):
    trained, path = session(), tmp_path / "w.npz"
    assert export(trained, path).samples == 7
    raw = read_raw(path)
    assert {k: v.shape for k, v in raw.items()} == {
        "conv2d0.weight": (2, 2, 2, 5), "conv2d0.bias": (5,), "dense3.weight": (30, 7),
        "dense3.bias": (7,), "dense5.weight": (7, 3), "dense5.bias": (3,),
    }  # fmt: skip
    for key, values in trained.arrays().items():
        assert np.array_equal(raw[key], values)


def test_safetensors_holds_them_as_pytorch_does(tmp_path):
    trained, path = session(), tmp_path / "w.safetensors"
    assert export(trained, path).samples == 7
    raw, ours = read_raw(path), trained.arrays()
    assert {k: v.shape for k, v in raw.items()} == {
        "conv2d0.weight": (5, 2, 2, 2), "conv2d0.bias": (5,), "dense3.weight": (7, 30),
        "dense3.bias": (7,), "dense5.weight": (3, 7), "dense5.bias": (3,),
    }  # fmt: skip
    for row, column, channel, out in np.ndindex(2, 2, 2, 5):
        at = ours["conv2d0.weight"][row, column, channel, out]
        assert raw["conv2d0.weight"][out, channel, row, column] == at
    # A Flatten visits values of a picture 3x2x5 with channels first.
    for row, column, channel, unit in np.ndindex(3, 2, 5, 7):
        at = ours["dense3.weight"][(row * 2 + column) * 5 + channel, unit]
        assert raw["dense3.weight"][unit, (channel * 3 + row) * 2 + column] == at
    assert np.array_equal(raw["dense5.weight"], ours["dense5.weight"].T)


@pytest.mark.parametrize("form", [f for f in formats if isinstance(f, WeightsFormat)], ids=lambda f: f.id)
def test_classes_and_scaling_travel_with_the_weights(form, tmp_path):
    session = open_example("iris").session()
    path = tmp_path / f"w{form.suffix}"
    export(session, path, format_name=form.id)
    arrays, metadata = form.read(path)
    assert metadata == ExportedNetwork.of(session).metadata() and arrays.keys() == session.arrays().keys()
    preprocessing = json.loads(metadata["preprocessing"])
    assert preprocessing["classes"] == ["setosa", "versicolor", "virginica"]
    np.testing.assert_allclose(preprocessing["x_shift"], open_example("iris").load_data().x_shift)


def test_a_scaling_of_sequences_keeps_its_shape(tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, 4, 3)).astype(np.float32), np.zeros((9, 1), np.float32)
    each = np.broadcast_to([1.0, 20.0, 300.0], (4, 3))
    data = Dataset("toy", x, y, x, y, x_shift=each, x_scale=each)
    parity = export(Session(chain(("lstm", {"units": 1})), data, TrainingSettings()), tmp_path / "w.npz")
    assert parity.holds and parity.samples == 9


def test_a_scaling_that_does_not_survive_is_found_out(tmp_path, monkeypatch):
    form = formats["npz"]
    right = type(form).read

    def unscaled(self, path):
        arrays, metadata = right(self, path)
        return arrays, {**metadata, "preprocessing": '{"x_shift": [0.0], "x_scale": [1.0]}'}

    monkeypatch.setattr(type(form), "read", unscaled)
    with pytest.raises(ExportError, match="does NOT predict the same"):
        export(open_example("iris").session(), tmp_path / "w.npz")


@pytest.fixture
def blind(monkeypatch):
    """A format that nothing here can read."""

    class Blind(Format):
        """A text."""

        id, title, suffix = "blind", "Blind", ".blind"

        def write(self, network, path):
            if any(node.layer.id == "conv2d" for node in network.nodes):
                raise ExportError("Blind files cannot hold Conv2D. Choose another format.")
            path.write_text(network.output)

    monkeypatch.setattr(formats, "_entries", {**formats._entries, "blind": Blind()})


def test_where_nothing_can_read_a_format_it_is_not_called_proved(blind, tmp_path):
    parity = export(several_ends(), tmp_path / "w.blind")
    assert not parity.holds and "not checked" in parity.sentence
    assert json.loads((tmp_path / "w.blind.parity.json").read_text())["largest_difference"] is None
    assert (tmp_path / "w.blind").read_text() == "out1"


def test_what_a_format_cannot_hold_leaves_no_file(blind, tmp_path):
    with pytest.raises(ExportError, match="cannot hold Conv2D"):
        export(session(), tmp_path / "w.blind")
    assert list(tmp_path.iterdir()) == []


def test_two_formats_of_one_suffix_are_refused():
    class Other(Format):
        id, title, suffix = "other", "Other", ".npz"

    with pytest.raises(ValueError, match=r"Other and NumPy NPZ both write '\.npz' files"):
        formats.add(Other())


def test_one_sample_is_enough(tmp_path):
    assert export(session(1), tmp_path / "w.npz").samples == 1


def test_npz_needs_no_pickle(tmp_path):
    export(session(), tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz", allow_pickle=False) as file:
        assert all(file[name] is not None for name in file.files)


def test_an_export_that_predicts_something_else_has_a_name_that_says_so(tmp_path, monkeypatch):
    form = formats["npz"]
    right = type(form).read

    def transposed(self, path):
        arrays, metadata = right(self, path)
        return {k: v[::-1] if k == "dense3.weight" else v for k, v in arrays.items()}, metadata

    monkeypatch.setattr(type(form), "read", transposed)
    with pytest.raises(ExportError, match="does NOT predict the same"):
        export(session(), tmp_path / "w.npz")
    names = sorted(path.name for path in tmp_path.iterdir())
    assert names == ["w.differs.npz", "w.differs.npz.parity.json"]
    assert json.loads((tmp_path / names[1]).read_text())["holds"] is False


def test_wrong_suffix_and_unwritable_folder(tmp_path):
    with pytest.raises(ExportError, match=r"must end in \.safetensors or \.npz"):
        export(session(), tmp_path / "w.pickle")
    with pytest.raises(FileError, match="cannot be written"):
        export(session(), tmp_path / "none" / "w.npz")


def test_networks_with_several_ends_and_shared_weights_predict_the_same(tmp_path):
    session = several_ends()
    x = session.data.x_train
    assert export(session, tmp_path / "w.npz").holds
    assert sorted(read_raw(tmp_path / "w.npz")) == [
        "a.bias", "a.weight", "other.bias", "other.weight", "value.bias", "value.weight",
    ]  # fmt: skip
    assert session.predict(x).shape == (30, 1), "the first Output is the network's prediction"
    assert session.predict(x, "out2").shape == (30, 2)


@pytest.mark.parametrize("name", ["numpy", "c", "onnx", "pytorch"])
def test_an_option_that_another_one_switches_off_is_no_reason_to_refuse(name):
    layer = ("conv2d", {"filters": 2, "pad_top": 3, "kernel_width": 5})
    x, y = np.zeros((9, 5, 4, 2), np.float32), np.zeros((9, 40), np.float32)
    network = chain(layer, ("flatten", {}))
    trained = Session(network, Dataset("toy", x, y, x, y), TrainingSettings())
    formats[name].check(ExportedNetwork.of(trained))
