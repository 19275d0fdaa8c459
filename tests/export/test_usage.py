"""What each format tells of its use: lines that run as they are, with names of any kind in them."""

from __future__ import annotations

from pathlib import Path

import pytest
from export.cases import exported
from kernels.networks import chain

from nnstudio.export.format import formats

FEATURES = ["a", "b\n'''", '"c" {d}']
ODD = "it's {odd}"


def written(kind: str, folder: Path, classes: tuple[str, ...] = (), **chosen: object) -> str:
    """The lines for a network of three columns, written into a folder."""
    end = [("softmax", {})] if classes else []
    network = exported(
        chain(("dense", {"units": len(classes) or 1}), *end), (3,), features=FEATURES, classes=classes,
        targets=["price"],
    )  # fmt: skip
    form = formats[kind].choosing(chosen)
    path = folder / f"{ODD}{form.suffix}"
    if not form.suffix:
        path.mkdir()
    form.write(network, path)
    return form.usage(network, path)


@pytest.mark.parametrize("kind", ["onnx", "npz", "safetensors", "json", "csv"])
def test_the_lines_of_a_file_run(kind, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(written(kind, tmp_path), {})
    assert capsys.readouterr().out.strip()


def test_a_graph_names_a_class_and_one_of_rows_takes_cells(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    classes = ("yes", "no", "it's")
    exec(written("onnx", tmp_path, classes), {})
    assert any(name in capsys.readouterr().out for name in classes)
    lines = written("onnx", tmp_path, classes, rows=True)
    assert "'a': 0.0,  # a number, or NaN" in lines
    exec(lines, {})
    assert any(name in capsys.readouterr().out for name in classes)


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("pytorch", "print(model.predict(rows))"), ("keras", "print(model.predict(rows))"),
        ("numpy", "predictor.predict("), ("c", '#include "network.h"'),
    ],
)  # fmt: skip
def test_a_folder_or_a_header_says_how_it_is_used(kind, line, tmp_path):
    assert line in written(kind, tmp_path)
