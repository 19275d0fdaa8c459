"""`nnstudio export`: a trained project exports when its data is gone, and its report says so."""

from __future__ import annotations

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from export.cases import NEEDS_COMPILER
from moved_data import by_reference, saved_table

from nnstudio import cli
from nnstudio.data.dataset import sources
from nnstudio.export.format import ExportError, formats
from nnstudio.export_command import Wanted
from nnstudio.from_data import project_from_data
from nnstudio.importing.importer import importers
from nnstudio.project import Project


def test_the_help_has_a_line_for_each_format_and_each_kind_of_file(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "400")
    for command, known in (("export", [f.help for f in formats]), ("import", [i.help for i in importers])):
        with pytest.raises(SystemExit, match="0"):
            cli.run([command, "--help"])
        told = capsys.readouterr().out.splitlines()
        assert all(sum(text in line for line in told) >= 1 for text in known)


STAYS = [s for s in sources if s.picks and not s.embeds]


@pytest.fixture(autouse=True)
def settings_of_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))


def report(path: Path) -> dict:
    return json.loads(path.with_name(f"{path.name}.parity.json").read_text())


@pytest.mark.parametrize("source", STAYS, ids=lambda s: s.id)
def test_without_its_data_it_is_judged_on_random_samples_and_says_so(source, tmp_path, capsys):
    if source.package:
        pytest.importorskip(source.package)
    example = tmp_path / "example"
    example.mkdir()
    given = source.example(example)
    path = Path(given.pop("path"))
    project = project_from_data(path, given, kind=source.id).project
    project.state = project.session().state()
    project.save(tmp_path / "p.nns")
    shutil.rmtree(example)
    out = tmp_path / "w.npz"
    assert cli.run(["export", str(tmp_path / "p.nns"), str(out)]) == 0
    said = report(out)
    assert said["holds"] and said["data"] == "random samples within the ranges of training"
    told = capsys.readouterr().out
    assert "predicts the same" in told and told == f"{said['sentence']}\n\n{said['usage']}\n"
    assert f"was not at hand: judged on {said['samples']} random samples within the ranges" in told


@pytest.fixture
def table(tmp_path, monkeypatch) -> Path:
    """A project on a table that is kept by reference, with the table moved away."""
    by_reference(monkeypatch)
    saved_table(tmp_path)
    (tmp_path / "table.csv").rename(tmp_path / "elsewhere.csv")
    return tmp_path / "p.nns"


@pytest.mark.parametrize(
    ("name", "more"),
    [
        ("w.safetensors", []),
        ("predictor", ["--format", "numpy"]),
        ("w.onnx", ["--set", "rows=on"]),
        pytest.param("w.int8.h", [], marks=NEEDS_COMPILER),
    ],
)
def test_a_large_table_that_moved_is_no_hindrance(table, tmp_path, capsys, name, more):
    if name == "w.onnx" and find_spec("onnx") is None:
        pytest.skip("onnx is not installed")
    if name == "predictor":
        (tmp_path / name).mkdir()
    assert cli.run(["export", str(table), str(tmp_path / name), *more]) == 0
    assert "random samples within the ranges of training" in capsys.readouterr().out


def test_with_its_data_nothing_is_random(table, tmp_path, capsys):
    (tmp_path / "elsewhere.csv").rename(tmp_path / "table.csv")
    assert cli.run(["export", str(table), str(tmp_path / "w.npz")]) == 0
    assert "random" not in capsys.readouterr().out
    assert report(tmp_path / "w.npz")["data"] == "the test part of table"


def test_a_name_whose_report_would_have_too_long_a_name_is_refused_first(table, tmp_path, capsys):
    before = sorted(tmp_path.iterdir())
    for format_name, name in (("npz", f"{'x' * 245}.npz"), ("numpy", "x" * 245)):
        assert cli.run(["export", str(table), str(tmp_path / name), "--format", format_name]) == 2
        assert "too long). Choose another name." in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


def test_several_formats_go_into_one_folder(table, tmp_path, capsys):
    out = tmp_path / "all"
    command = ["export", str(table), str(out), "--format", "npz,numpy", "--format", "json", "--format", "npz"]
    assert cli.run([*command, "--json"]) == 0
    assert [told["format"] for told in json.loads(capsys.readouterr().out)] == ["npz", "numpy", "json"]
    files = ["numpy", "numpy.parity.json", "p.json", "p.json.parity.json", "p.npz", "p.npz.parity.json"]
    assert sorted(path.name for path in out.iterdir()) == files
    assert cli.run(command) == 0
    assert capsys.readouterr().out.count("predicts the same") == 3


@pytest.mark.parametrize(
    ("more", "why"),
    [
        (["--format", "npz,h"], "no export format 'h'. Formats: safetensors, npz"),
        (["--format", "npz,json", "--set", "rows=on"], "NumPy NPZ has no option 'rows'"),
        (["--format", "npz,json", "--set", "rows"], "--set takes NAME=VALUE"),
    ],
)
def test_of_several_formats_one_that_cannot_be_stops_all(table, tmp_path, capsys, more, why):
    assert cli.run(["export", str(table), str(tmp_path / "all"), *more]) == 2
    assert why in capsys.readouterr().err and not (tmp_path / "all").exists()


def test_a_network_that_one_of_several_formats_lacks_is_written_in_none(table, tmp_path, capsys, monkeypatch):
    def refuse(form: object, network: object) -> None:
        raise ExportError("JSON cannot express it.")

    monkeypatch.setattr(type(formats["json"]), "check", refuse)
    assert cli.run(["export", str(table), str(tmp_path / "all"), "--format", "npz,json"]) == 2
    assert "cannot express" in capsys.readouterr().err and not (tmp_path / "all").exists()
    (tmp_path / "file").touch()
    assert cli.run(["export", str(table), str(tmp_path / "file"), "--format", "npz,json"]) == 2
    assert "'" + str(tmp_path / "file") + "' cannot be made" in capsys.readouterr().err


@pytest.mark.parametrize("wanted", [["npz", "onnx"], ["onnx", "npz"]])
def test_an_option_goes_to_the_format_that_has_it(wanted, tmp_path):
    asked = Wanted(tmp_path, "p", wanted, ["rows=on"])
    assert asked.options() == [{"rows": "on"} if name == "onnx" else {} for name in wanted]


def test_data_that_is_named_but_cannot_be_read_is_an_error(table, tmp_path, capsys):
    (tmp_path / "other.csv").write_bytes(b"\0\0\0")
    command = ["export", str(table), str(tmp_path / "w.npz"), "--data", str(tmp_path / "other.csv")]
    assert cli.run(command) == 2
    assert not (tmp_path / "w.npz").exists() and "other.csv" in capsys.readouterr().err


def test_an_untrained_project_needs_its_data(tmp_path, monkeypatch, capsys):
    by_reference(monkeypatch)
    project = saved_table(tmp_path)
    project.state = None
    project.save(tmp_path / "p.nns")
    (tmp_path / "table.csv").unlink()
    assert cli.run(["export", str(tmp_path / "p.nns"), str(tmp_path / "w.npz")]) == 2
    assert "which is not inside it" in capsys.readouterr().err


@pytest.mark.parametrize("knows", [True, False])
def test_class_weights_travel_where_they_are_known(table, tmp_path, capsys, knows):
    project = Project.open(table)
    settings = project.document.settings
    project.document.set_settings(settings.with_option("class_weights", "balanced"))
    project.save(table)
    if not knows:
        facts = project.content()[2].facts
        assert facts is not None
        project._facts = project.document.data, {**facts, "seen": None}
        project.save(table)
    assert cli.run(["export", str(table), str(tmp_path / "w.npz")]) == 0
    told = capsys.readouterr().out
    assert ("has none" in told) != knows and ("training is not known" in told) != knows
    options = Project.open(table).predictor().loss_options
    if knows:
        weights = [float(weight) for weight in options["class_weights"].split(",")]
        assert np.allclose(weights, 1, atol=0.2) and len(weights) == 3
    else:
        assert "class_weights" not in options
