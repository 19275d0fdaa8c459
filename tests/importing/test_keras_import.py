"""Models that Keras saved, by `foreign/write_keras_models.py`, predict the same; hostile ones do no harm."""

import io
import json
import zipfile
from pathlib import Path

import h5py
import numpy as np
import pytest
from importing.computed import computed

from nnkernels.spec import PLACEHOLDER
from nnstudio import cli
from nnstudio.importing.importer import importers
from nnstudio.model.atomic_file import FileError
from nnstudio.project import Project

FILES = Path(__file__).parent / "keras"
CONFIG, WEIGHTS = "config.json", "model.weights.h5"


def read(path):
    return importers.of(path).read(path)


@pytest.mark.parametrize("name", ["dense", "convs", "functional", "backwards", "crossed", "text", "norms"])
def test_saved_models_predict_the_same(name):
    imported = read(FILES / f"{name}.keras")
    assert imported.unread == ()
    with np.load(FILES / f"{name}.npz") as saved:
        for n in (1, 7):
            for i, ours in enumerate(computed(imported, saved["x"][:n].astype(float))):
                np.testing.assert_allclose(ours, saved[f"y{i}"][:n], rtol=1e-4, atol=1e-5)


def test_a_mask_is_left_out_and_what_that_changes_is_said_precisely():
    imported = read(FILES / "masked.keras")
    assert imported.unread == ()
    told = {row.name: row.text for row in imported.rows if row.is_changed}
    assert set(told) == {"words", "lstm"} and len(imported.assumed) == 2
    assert all("Samples without a 0 predict the same." in text for text in told.values())
    with np.load(FILES / "masked.npz") as saved:
        apart = np.abs(computed(imported, saved["x"].astype(float))[0] - saved["y0"]).max(1)
        has_zero = (saved["x"] == 0).any(1)
    assert apart[~has_zero].max() < 1e-5 < 1e-3 < apart[has_zero].min() and has_zero.any()


def without_mask(config):
    layers = config["layers"]
    lstm = next(layer for layer in layers if layer["class_name"] == "LSTM")
    del lstm["inbound_nodes"][0]["kwargs"]["mask"]


def in_a_sum(config):
    add = {
        "class_name": "Add", "module": "keras.layers", "name": "add", "config": {"name": "add"},
        "inbound_nodes": [{"args": [[tensor("not_equal", 8), tensor("not_equal", 8)]], "kwargs": {}}],
    }  # fmt: skip
    config["layers"].append(add)
    config["output_layers"] = [config["output_layers"], ["add", 0, 0]]


def tensor(name, *shape):
    return {
        "class_name": "__keras_tensor__",
        "config": {"shape": [None, *shape], "dtype": "float32", "keras_history": [name, 0, 0]},
    }


def test_what_masks_a_sequence_is_no_value_unless_something_else_takes_it(tmp_path):
    implicit = read(changed(tmp_path, "masked", without_mask))
    assert {row.name for row in implicit.rows if row.is_changed} == {"words"}
    taken = {row.name for row in read(changed(tmp_path, "masked", in_a_sum)).unread}
    assert {"not_equal", "lstm"} <= taken


def test_names_shared_layers_and_inner_models():
    nodes = {node.name: node for node in read(FILES / "functional.keras").nodes}
    assert nodes["bi"].kind == "lstm" and nodes["bi"].options["bidirectional"]
    assert nodes["shared 2"].options["shares"] == "shared" and nodes["shared activation"].kind == "silu"
    assert {"p", "q", "q activation"} <= nodes.keys()
    inner = [name for name in nodes if name.startswith("inner/dense") and "activation" not in name]
    assert [nodes[name].options["shares"] for name in inner] == ["", "", *inner[:2]]


def test_a_first_layer_that_scales_is_the_scaling_of_the_data():
    imported = read(FILES / "dense.keras")
    assert imported.scaling == {"x_shift": np.float32(0.25), "x_scale": np.float32(0.5)}
    assert "scaling of the data" in imported.rows[1].text


def test_a_lambda_is_a_placeholder_and_what_follows_keeps_its_weights():
    imported = read(FILES / "lambda.keras")
    (row,) = imported.unread
    assert row.name == "lambda" and "never run" in row.text
    kinds = [node.kind for node in imported.nodes]
    assert kinds == ["input", "dense", PLACEHOLDER, "dense", "output"] and imported.nodes[3].arrays


def test_a_project_comes_out_of_the_command_line(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))
    out = tmp_path / "net.nns"
    assert cli.run(["import", str(FILES / "functional.keras"), str(out)]) == 3
    capsys.readouterr()
    names = {node.name for node in Project.open(out).document.graph.nodes}
    assert {"bi", "mha", "shared", "p"} <= names


def contents(name: str) -> dict[str, bytes]:
    with zipfile.ZipFile(FILES / f"{name}.keras") as archive:
        return {entry: archive.read(entry) for entry in archive.namelist()}


def packed(path: Path, entries: dict[str, bytes]) -> Path:
    file = path / "net.keras"
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file


def test_a_configuration_alone_gets_fresh_weights(tmp_path):
    file = tmp_path / "model.json"
    file.write_bytes(contents("functional")[CONFIG])
    imported = read(file)
    assert imported.unread == () and "drawn afresh" in imported.rows[-1].text
    assert all(np.isfinite(values).all() for node in imported.nodes for values in node.arrays.values())
    assert len(imported.nodes) == len(read(FILES / "functional.keras").nodes)


def changed(tmp_path, name, change):
    entries = contents(name)
    config = json.loads(entries[CONFIG])
    change(config["config"])
    return packed(tmp_path, {**entries, CONFIG: json.dumps(config).encode()})


@pytest.mark.parametrize(
    "kind, change, word",
    [
        ("Conv2D", {"data_format": "channels_first"}, "channels first"),
        ("Conv2D", {"activation": "squareplus"}, "activation 'squareplus'"),
        ("BatchNormalization", {"axis": [1]}, "axis"),
        ("MaxPooling2D", {"padding": "odd"}, "padding"),
        ("UpSampling2D", {"interpolation": "bicubic"}, "bicubic"),
        ("UpSampling2D", {"size": [2, 4000000]}, "enlarges by"),
        ("ReLU", {"threshold": 1.0}, "threshold"),
        ("Dense", {"units": 5}, "array 'weight' has shape"),
        ("Dense", {"units": "many"}, "Units must"),
    ],
)
def test_what_no_layer_does_becomes_a_placeholder(tmp_path, kind, change, word):
    def edit(config):
        next(entry for entry in config["layers"] if entry["class_name"] == kind)["config"].update(change)

    unread = read(changed(tmp_path, "convs", edit)).unread
    assert word in unread[0].text, unread[0].text


def test_layers_that_read_backwards_keep_every_output_at_its_step():
    imported = read(FILES / "backwards.keras")
    options = {node.name: node.options for node in imported.nodes}
    assert options["back"]["reverse"] and options["back"]["reset"] == "before"
    assert options["relu"]["reverse"] and not options["again"]["reverse"]
    assert any("no bias" in row.text for row in imported.rows if row.layer == "again")
    assert options["states state"]["shares"] == "states"


def without_flip(config):
    """Nothing turns the steps round before what reads both ways."""
    entries = {entry["name"]: entry for entry in config["layers"]}
    flip = entries["both"]["inbound_nodes"][0]["args"][0]["config"]["keras_history"][0]
    entries["both"]["inbound_nodes"] = entries[flip]["inbound_nodes"]


def with_another_activation(config):
    next(e for e in config["layers"] if e["class_name"] == "GRU")["config"]["activation"] = "elu"


def with_states_of_its_own(config):
    both = next(e for e in config["layers"] if e["name"] == "both")
    node = both["inbound_nodes"][0]
    node["kwargs"]["initial_state"] = [node["args"][0]]


def with_a_third_value(config):
    """What takes the state takes a third value, which a GRU does not give."""
    node = next(e for e in config["layers"] if e["class_name"] == "Concatenate")["inbound_nodes"][0]
    node["args"][0][-1]["config"]["keras_history"][2] = 2


def with_two_biases(config):
    next(e for e in config["layers"] if e["class_name"] == "GRU")["config"]["reset_after"] = True


@pytest.mark.parametrize(
    "change, word",
    [
        (without_flip, "reads from the last step"),
        (with_another_activation, "activation is 'elu'"),
        (with_two_biases, "bias has shape"),
        (with_states_of_its_own, "a value as its 'initial_state'"),
        (with_a_third_value, "only the first can be expressed"),
    ],
)
def test_recurrent_layers_that_compute_otherwise_are_placeholders(tmp_path, change, word):
    assert word in read(changed(tmp_path, "backwards", change)).unread[0].text


def circle(config):
    node = config["layers"][1]["inbound_nodes"][0]
    node["args"][0]["config"]["keras_history"] = ["p", 0, 0]


def open_shape(config):
    config["layers"][0]["config"]["batch_shape"] = [None, None, 4]


def two_of_one_name(config):
    for entry in config["layers"][1:3]:
        entry["config"]["name"] = entry["name"] = "twin"


@pytest.mark.parametrize(
    "change, word",
    [(circle, "circle"), (open_shape, "must be known"), (two_of_one_name, "two layers called 'twin'")],
)
def test_models_that_are_none_give_a_sentence(tmp_path, change, word):
    with pytest.raises(FileError, match=word):
        read(changed(tmp_path, "functional", change))


def test_models_within_models_are_bounded(tmp_path):
    file = tmp_path / "deep.json"
    text = '{"class_name": "Sequential", "config": {"name": "m", "layers": ['
    file.write_text(text * 30 + "]}}" * 30, "utf-8")
    with pytest.raises(FileError):
        read(file)
    file.write_text("[" * 100_000, "utf-8")
    with pytest.raises(FileError, match="nested too deeply"):
        read(file)


def weights(change) -> bytes:
    """The weights of a model, after a change to their file."""
    held = io.BytesIO(contents("dense")[WEIGHTS])
    with h5py.File(held, "r+") as file:
        change(file, file["layers/dense/vars"])
    return held.getvalue()


def outside(_file, group):
    del group["0"]
    group["0"] = h5py.ExternalLink("/etc/passwd", "/0")


def elsewhere(_file, group):
    del group["0"]
    group.create_dataset("0", (4, 8), "f4", external=[("/etc/passwd", 0, 128)])


def huge(_file, group):
    del group["0"]
    group.create_dataset("0", (1 << 20, 1 << 20), "f4", chunks=(1, 64), compression="gzip")


def objects(_file, group):
    del group["0"]
    group.create_dataset("0", data=np.array(["a"], object), dtype=h5py.string_dtype())


@pytest.mark.parametrize("change", [outside, elsewhere, huge, objects])
def test_hostile_weights_are_not_followed(tmp_path, change):
    file = packed(tmp_path, {**contents("dense"), WEIGHTS: weights(change)})
    try:
        unread = read(file).unread
    except FileError as error:
        assert str(error).endswith("Save it again with Keras 3.")
    else:
        assert "arrays" in unread[0].text


def test_an_archive_that_unpacks_to_much_more_is_refused(tmp_path):
    file = packed(tmp_path, {**contents("dense"), WEIGHTS: b"\0" * (64 << 20)})
    with pytest.raises(FileError, match="too much for a file of"):
        read(file)


@pytest.mark.parametrize("size", [0, 30, 500, -40])
def test_a_truncated_file_gives_a_sentence(tmp_path, size):
    file = tmp_path / "net.keras"
    file.write_bytes((FILES / "dense.keras").read_bytes()[:size])
    with pytest.raises(FileError, match=r"damaged|no config"):
        read(file)


def test_a_name_that_is_no_text_is_none(tmp_path):
    entries = contents("dense")
    whole = entries[WEIGHTS]
    spots = [i for i in range(len(whole)) if whole.startswith(b"\x19\x01\x01\x00\x10\x00\x00\x00", i)]
    assert spots
    # The type of an attribute, a text of any length, becomes a list of any length.
    for at in spots:
        odd = whole[: at + 1] + b"\xdd" + whole[at + 2 :]
        assert read(packed(tmp_path, {**entries, WEIGHTS: odd})).unread == ()
