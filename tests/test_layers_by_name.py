"""Every command names layers as a person does; two of one name are told apart by their identifiers."""

from __future__ import annotations

import json
from importlib.resources import files

import pytest
from sweep.projects import InProcess

from nnstudio import cli
from nnstudio.model.commands import ChangeNode
from nnstudio.project import Project, open_example

NAMES = {
    "input_1": "Flower", "dense_1": "Petals", "relu_1": "Bend", "dense_2": "Petals", "softmax_1": "Shares",
    "output_1": "Kind",
}  # fmt: skip
FIRST, LAST = "Petals (dense_1)", "Petals (dense_2)"


@pytest.fixture
def flowers(tmp_path, capsys):
    """A trained network with two layers of one name."""
    project, path = open_example("iris"), tmp_path / "flowers.nns"
    for node, name in NAMES.items():
        ChangeNode(project.document.graph, node, "name", name).redo()
    project.document.set_settings(project.document.settings.with_option("epochs", 2))
    project.save(path)
    assert cli.run(["train", str(path)]) == 0
    capsys.readouterr()
    return path


def said(capsys, *words, code=0):
    assert cli.run([*map(str, words)]) == code
    told = capsys.readouterr()
    return told.out, told.err


def has_identifiers(text):
    """Those of nodes, but for the ones that stand behind a name."""
    for each in (FIRST, LAST):
        text = text.replace(each, "")
    return [node for node in NAMES if node in text]


def test_compare_names_the_layers_of_both(flowers, capsys):
    out, _err = said(capsys, "compare", flowers, flowers)
    rows = [line.split("  ") for line in out.splitlines()[1:5]]
    assert [row[0] for row in rows] == [FIRST, "Bend", LAST, "Shares"]
    assert has_identifiers(out) == []
    told = json.loads(said(capsys, "compare", flowers, flowers, "--json")[0])["layers"][0]
    assert (told["first"], told["first_name"], told["second_name"]) == ("dense_1", FIRST, FIRST)


def test_compare_names_layers_inside_of_others(capsys):
    gan = files("nnstudio.resources") / "lessons" / "gan" / "start.nns"
    out, _err = said(capsys, "compare", gan, gan)
    lines = out.splitlines()
    assert any(line.startswith("Generator › Dense 1 ") for line in lines) and "gen/" not in out
    assert any(line.startswith("Same judge › Score ") for line in lines) and "judge_again" not in out


def test_compare_names_the_layers_of_a_file(flowers, tmp_path, capsys):
    file = tmp_path / "flowers.onnx"
    said(capsys, "export", flowers, file)
    for files_in_order in ((flowers, file), (file, flowers)):
        out, _err = said(capsys, "compare", *files_in_order)
        assert FIRST in out.splitlines()[1]
        # The file scales the inputs in a step of its own: its layers get the same but for rounding.
        assert "0.0%" not in out and "typically" not in out


def test_reuse_and_edit_name_them(flowers, tmp_path, capsys):
    out, err = said(capsys, "reuse", flowers, flowers, tmp_path / "a.nns")
    assert has_identifiers(out + err) == [] and FIRST in out and LAST in out
    _out, err = said(capsys, "reuse", flowers, flowers, tmp_path / "b.nns", "--layers", "Petals", code=2)
    assert f"more than one layer called 'Petals'. Its layers are: {FIRST}, {LAST}." in err
    assert said(capsys, "reuse", flowers, flowers, tmp_path / "b.nns", "--layers", FIRST)
    _out, err = said(capsys, "edit", flowers, tmp_path / "c.nns", "--set", "Petals.units=9", code=2)
    assert f"The layers are: Flower, {FIRST}, Bend, {LAST}, Shares, Kind." in err
    _out, err = said(capsys, "edit", flowers, tmp_path / "c.nns", "--set", f"{FIRST}.units=9", code=3)
    assert f"'{FIRST}' has" in err and has_identifiers(err) == []
    assert Project.open(tmp_path / "c.nns").document.graph["dense_1"].options["units"] == 9


def test_loaded_weights_are_named_by_their_layers(flowers, tmp_path, capsys):
    said(capsys, "export", flowers, tmp_path / "w.npz")
    out, _err = said(capsys, "import", tmp_path / "w.npz", tmp_path / "d.nns", "--into", flowers)
    assert f"{FIRST}.weight  by name" in out.splitlines()[1] and f"{FIRST}.bias " in out.splitlines()[2]


def test_explain_names_them_and_asks_which_of_two(flowers, capsys):
    for method in ("saliency", "attention"):
        _out, err = said(capsys, "explain", method, flowers, "--layer", "petals", code=2)
        assert "Several layers are called 'petals'. Write the identifier: dense_1 or dense_2." in err
        _out, err = said(capsys, "explain", method, flowers, "--layer", "Leaves", code=2)
        assert f"no layer called 'Leaves'. It has: Flower, {FIRST}, Bend, {LAST}, Shares, Kind." in err
    for text in (FIRST, "dense_1"):
        out, _err = said(capsys, "explain", "saliency", flowers, "--layer", text, "--unit", 2)
        assert f"unit 2 of {FIRST}" in out and has_identifiers(out) == []


def test_a_sweep_names_them(flowers, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("nnstudio.sweep.cluster.Cluster", InProcess)
    file = tmp_path / "trainings.csv"
    out, _err = said(capsys, "sweep", flowers, "--vary", f"{FIRST}.units=3,5", "--csv", file)
    assert f"{FIRST}.units" in out.splitlines()[0] and has_identifiers(out) == []
    assert f"{FIRST}.units" in file.read_text().splitlines()[0].split(",")
    for varied, told in (
        ("Petals.units=3", "Several nodes are called 'Petals'. Write dense_1.units or dense_2.units."),
        ("Leaves.units=3", f"Its nodes are: Flower, {FIRST}, Bend, {LAST}, Shares, Kind."),
        ("dense_1.units=x", f"{FIRST}.units: Units must be a whole number"),
        ("dense_1.leaves=3", f"'{FIRST}' has no option 'leaves'."),
    ):
        _out, err = said(capsys, "sweep", flowers, "--vary", varied, code=2)
        assert told in err, varied
