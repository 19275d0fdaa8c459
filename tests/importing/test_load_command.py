"""`nnstudio import --into` writes a copy with the weights and a table; the exit code says what is missing."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from importing.onnx_files import saved
from importing.weight_files import safetensors
from onnx import helper
from safetensors import safe_open

from nnstudio import cli
from nnstudio.importing import stored_weights
from nnstudio.project import Project, open_example


@pytest.fixture(autouse=True)
def settings_of_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def trained(tmp_path):
    """A project that learned, another that did not, and the first one's weights."""
    fresh, path, weights = (tmp_path / name for name in ("fresh.nns", "trained.nns", "w.safetensors"))
    open_example("iris").save(fresh)
    assert cli.run(["train", str(fresh), "--epochs", "2", "--out", str(path)]) == 0
    assert cli.run(["export", str(path), str(weights)]) == 0
    return fresh, path, weights


def params(path):
    return Project.open(path).predictor().arrays()


def test_weights_of_one_project_come_into_another(trained, tmp_path, capsys):
    fresh, path, weights = trained
    before, out = fresh.read_bytes(), tmp_path / "out.nns"
    capsys.readouterr()
    assert cli.run(["import", str(weights), str(out), "--into", str(fresh), "--freeze"]) == 0
    told = capsys.readouterr()
    assert "by name" in told.out and "Wrote" in told.out and "4 of 4 arrays" in told.err
    after, expected = params(out), params(path)
    assert all(np.array_equal(after[name], expected[name]) for name in expected)
    assert fresh.read_bytes() == before
    assert cli.run(["train", str(out), "--epochs", "3"]) == 0
    assert all(np.array_equal(params(out)[name], expected[name]) for name in expected)


def test_what_does_not_match_is_in_the_table_and_the_exit_code(trained, tmp_path, capsys):
    fresh, _, weights = trained
    with safe_open(weights, "numpy") as file:
        arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    first = next(name for name in arrays if name.endswith("weight"))
    arrays[first] = np.zeros((3, 9), np.float32)
    file, out = safetensors(tmp_path, arrays), tmp_path / "out.nns"
    capsys.readouterr()
    assert cli.run(["import", str(file), str(out), "--into", str(fresh), "--json", "--freeze"]) == 3
    told = capsys.readouterr()
    rows = {row["array"]: row for row in json.loads(told.out)["rows"]}
    assert "3×9 against" in rows[first]["text"] and rows[first]["target"] == ""
    assert "gets nothing and stays" in told.err and "not all of their weights" in told.err


def test_nothing_is_written_where_nothing_matches(trained, tmp_path, capsys):
    fresh, _, _ = trained
    out = tmp_path / "out.nns"
    file = safetensors(tmp_path, {"x.weight": np.zeros((50, 60), np.float32)})
    assert cli.run(["import", str(file), str(out), "--into", str(fresh)]) == 2
    assert not out.exists() and "No array of 'weights.safetensors'" in capsys.readouterr().err
    assert cli.run(["import", str(file), str(fresh), "--into", str(fresh), "--replace"]) == 2
    assert "stays as it is" in capsys.readouterr().err
    assert cli.run(["import", str(file), str(out), "--freeze"]) == 2
    assert "--into" in capsys.readouterr().err


HEADER = b'{"a":{"dtype":"F32","shape":[1000000000,1000000000],"data_offsets":[0,4]}}'
HOSTILE = {
    "empty": b"",
    "a header of 2 GB": struct.pack("<Q", 2**31) + b"{}",
    "a header of everything": b"\xff" * 64,
    "cut off": struct.pack("<Q", 90) + b'{"a":{"dtype":"F32","shape":[4],"data_offsets":[0,16]}}'.ljust(90),
    "huge shape": struct.pack("<Q", len(HEADER)) + HEADER + b"1234",
    "nested": struct.pack("<Q", 200_000) + b"[" * 200_000,
    "no arrays": struct.pack("<Q", 2) + b"{}",
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_give_a_sentence(name, trained, tmp_path, capsys):
    file, out = tmp_path / "bad.safetensors", tmp_path / "out.nns"
    file.write_bytes(HOSTILE[name])
    assert cli.run(["import", str(file), str(out), "--into", str(trained[0])]) == 2
    said = capsys.readouterr().err
    assert "bad.safetensors" in said and not out.exists()


def test_other_files_are_not_read_and_it_is_said_what_is(trained, tmp_path, capsys):
    for name, text in (
        ("weights.pt", "program code"),
        ("weights.txt", ".safetensors, .npz, .keras, .json, .onnx, .py"),
    ):
        (tmp_path / name).write_bytes(b"x")
        command = ["import", str(tmp_path / name), str(tmp_path / "o.nns"), "--into", str(trained[0])]
        assert cli.run(command) == 2
        assert text in capsys.readouterr().err


def test_npz_files_within_bounds_only(trained, tmp_path, capsys, monkeypatch):
    file, out = tmp_path / "w.npz", tmp_path / "out.nns"
    np.savez(file, **{"dense.weight": np.zeros((2, 2)), "count": np.array(3), "names": np.array(["a"])})
    command = ["import", str(file), str(out), "--into", str(trained[0])]
    assert cli.run(command) == 2
    told = capsys.readouterr()
    assert "type <U1 are no numbers" in told.out and "count" in told.out
    monkeypatch.setattr(stored_weights, "MOST_BYTES", 100)
    assert cli.run(command) == 2 and "most that is read" in capsys.readouterr().err
    file.write_bytes(file.read_bytes()[:200])
    assert cli.run(command) == 2 and "w.npz" in capsys.readouterr().err and not out.exists()


def test_an_onnx_file_gives_its_weights_too(tmp_path, capsys):
    path, out = tmp_path / "iris.nns", tmp_path / "out.nns"
    open_example("iris").save(path)
    assert cli.run(["train", str(path), "--epochs", "1"]) == 0
    expected = params(path)
    names = [name.removesuffix(".weight") for name in expected if name.endswith("weight")]
    nodes, source = [], "x"
    for name in names:
        arrays = [f"{name}.weight", f"{name}.bias"]
        nodes.append(helper.make_node("Gemm", [source, *arrays], [f"{name} out"], f"/{name}/Gemm"))
        source = f"{name} out"
    nodes[-1].output[0] = "y"
    file = saved(tmp_path, nodes, (4,), (3,), expected)
    fresh = tmp_path / "fresh.nns"
    open_example("iris").save(fresh)
    capsys.readouterr()
    assert cli.run(["import", str(file), str(out), "--into", str(fresh)]) == 0
    assert "by name" in capsys.readouterr().out
    assert all(np.array_equal(params(out)[name], expected[name]) for name in expected)
