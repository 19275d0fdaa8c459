"""The same rows give the same numbers in training, on the command line, and from an exported file alone."""

from __future__ import annotations

import csv
import json
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from nnstudio import cli
from nnstudio.data.columns import scaled
from nnstudio.data.new_rows import read_new_rows
from nnstudio.project import Project

INPUTS = ("size", "colour", "grade", "day", "income", "load", "age", "zip")
COLUMNS = "zip: category; grade: ordered low < mid < high; income: log; load: clip; age: min-max; day: fill"


def rows() -> list[dict[str, str]]:
    """With gaps in a number, a category, an order and a date; far values in the clipped column."""
    rng = np.random.default_rng(3)
    table = []
    for i in range(120):
        size = rng.normal(50, 9)
        row = {
            "size": "" if i % 11 == 3 else f"{size:.3f}",
            "colour": "" if i % 13 == 5 else ("red", "blue", "grün, hell", 'a "b"')[i % 4],
            "grade": "" if i % 17 == 4 else ("low", "mid", "high")[i % 3],
            "day": "" if i % 19 == 6 else f"{i % 28 + 1:02}.{i % 12 + 1:02}.{2001 + i % 9}",
            "income": f"{rng.lognormal(8):.2f}",
            "load": f"{900.0 if i == 7 else rng.normal(3, 1):.4f}",
            "age": str(20 + i % 50),
            "zip": f"{i % 3:03}{i % 2}",
            "number": f"{size * 2 + i % 4:.3f}",
            "class": ("no", "yes", "perhaps")[int(size) % 3],
        }
        table.append(row)
    return table


def write(path: Path, table: list[dict[str, str]], names: tuple[str, ...]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, names, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(table)
    return path


def encoded(column: dict, cell: str) -> list[float]:
    """A cell as inputs, by what the exported file says of its column."""
    kind, gap = column["type"], cell == ""
    if kind == "category":
        return [float(cell == value) for value in column["values"]] + [float(gap)] * column["gaps"]
    fill = column["fill"]
    if kind == "date":
        if gap:
            return [*fill, 1.0]
        day = datetime.strptime(cell, column["format"])
        parts = {"year": day.year, "month": day.month, "day": day.day, "weekday": day.weekday()}
        own = [float(parts[part]) for part in column["parts"]]
    elif kind == "ordered":
        own = [float(fill if gap else column["values"].index(cell))]
    else:
        value = fill if gap else float(cell)
        value = np.log1p(value) if column["log"] else value
        own = [float(np.clip(value, *column.get("clip", (-np.inf, np.inf))))]
    return own if fill is None else [*own, float(gap)]


def forward(nodes: list[dict], arrays: dict[str, np.ndarray], x: np.ndarray) -> np.ndarray:
    """A chain of dense layers."""
    for node in nodes:
        match node["layer"]:
            case "dense":
                x = x @ arrays[f"{node['owner']}.weight"] + arrays[f"{node['owner']}.bias"]
            case "relu":
                x = np.maximum(x, 0)
            case "softmax":
                x = np.exp(x - x.max(1, keepdims=True))
                x /= x.sum(1, keepdims=True)
            case other:
                assert other in {"input", "output", "dropout"}
    return x


def raw(path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
    """Arrays of dense layers, weights as (in, out), and metadata of a file."""
    if path.suffix == ".npz":
        with np.load(path) as file:
            every = {name: file[name] for name in file.files}
        texts = {k.partition(":")[2]: str(v) for k, v in every.items() if k.startswith("metadata:")}
        return every, texts
    content = path.read_bytes()
    start = 8 + int.from_bytes(content[:8], "little")
    header = json.loads(content[8:start])
    texts = header.pop("__metadata__")
    # PyTorch's weights are (out, in).
    arrays = {
        name: np.frombuffer(content[start + e["data_offsets"][0] : start + e["data_offsets"][1]], "<f4")
        .reshape(e["shape"]).T
        for name, e in header.items()
    }  # fmt: skip
    return arrays, texts


def from_file_alone(path: Path, table: list[dict[str, str]]) -> tuple[np.ndarray, np.ndarray, dict]:
    arrays, texts = raw(path)
    said = json.loads(texts["preprocessing"])
    inputs = [[v for c in said["inputs"] for v in encoded(c, row[c["column"]])] for row in table]
    x = (np.array(inputs) - said["x_shift"]) / said["x_scale"]
    outputs = forward(json.loads(texts["nodes"]), arrays, x)
    return x, outputs if said["classes"] else outputs * said["y_scale"] + said["y_shift"], said


@pytest.fixture(scope="module", params=["number", "class"])
def trained(request, tmp_path_factory) -> tuple[Path, str]:
    folder = tmp_path_factory.mktemp("same")
    names = (*INPUTS, request.param)
    data = write(folder / "table.csv", rows(), names)
    told = ("--target", request.param, "--option", f"columns={COLUMNS}")
    assert cli.run(["new", "--data", str(data), *told, str(folder / "p.nns")]) == 0
    assert cli.run(["train", str(folder / "p.nns"), "--epochs", "2", "--threads", "1"]) == 0
    return folder, request.param


@pytest.mark.parametrize("suffix", [".npz", ".safetensors"])
def test_the_file_alone_gives_what_predict_gives(trained, suffix):
    folder, target = trained
    assert cli.run(["export", str(folder / "p.nns"), str(folder / f"w{suffix}")]) == 0
    # In another order of columns, and without the target.
    new = write(folder / "new.csv", rows(), INPUTS[::-1])
    assert cli.run(["predict", str(folder / "p.nns"), str(new), "--out", str(folder / "out.csv")]) == 0
    with (folder / "out.csv").open(encoding="utf-8") as file:
        answers = list(csv.DictReader(file))
    _x, outputs, said = from_file_alone(folder / f"w{suffix}", rows())
    assert len(answers) == len(outputs) == 120
    if target == "number":
        np.testing.assert_allclose([float(a["number"]) for a in answers], outputs[:, 0], rtol=1e-4)
        return
    np.testing.assert_allclose([float(a["probability"]) for a in answers], outputs.max(1), atol=2e-5)
    sure = np.diff(np.sort(outputs, 1)[:, -2:], axis=1)[:, 0] > 1e-4
    chosen = [said["classes"][i] for i in outputs.argmax(1)]
    assert all(a["class"] == c for a, c, s in zip(answers, chosen, sure, strict=True) if s)


def test_the_rows_of_training_are_prepared_alike(trained):
    folder, _target = trained
    assert cli.run(["export", str(folder / "p.nns"), str(folder / "w.npz")]) == 0
    x, _outputs, said = from_file_alone(folder / "w.npz", rows())
    project = Project.open(folder / "p.nns")
    data = project.load_data()
    assert said["features"] == list(data.features) and {c["type"] for c in said["inputs"]} == {
        "number", "category", "ordered", "date",
    }  # fmt: skip
    new = read_new_rows(folder / "table.csv", project.document.data.options, data)
    again = scaled(folder / "table.csv", new.x, data.x_shift, data.x_scale)
    np.testing.assert_allclose(x, again, rtol=1e-4, atol=1e-5)
    known = {row.tobytes() for row in again}
    for part in (data.x_train, data.x_validation, data.x_test):
        assert len(part) and {row.tobytes() for row in part} <= known
