"""Weights as CSV and JSON, read by readers that share no code with the writers."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from export.cases import GRAPHS, exported
from kernels.networks import chain

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.export.exporting import export
from nnstudio.export.format import ExportError, formats
from nnstudio.project import open_example

FORMATS = ("csv", "json")


def read_csv(path) -> dict[str, np.ndarray]:
    with path.open(newline="", encoding="utf-8") as file:
        header, *lines = csv.reader(file)
    assert header[:2] == ["layer", "parameter"] and header[-2:] == ["value", "description"]
    lines = [line for line in lines if line[-2]]
    names = {f"{line[0].removeprefix(chr(39))}.{line[1]}" for line in lines}
    arrays = {}
    for name in names:
        own = [line for line in lines if f"{line[0].removeprefix(chr(39))}.{line[1]}" == name]
        indices = np.array([[int(n) for n in line[2:-2] if n] for line in own])
        arrays[name] = np.empty(indices.max(0) + 1, np.float32)
        arrays[name][tuple(indices.T)] = [float(line[-2]) for line in own]
    return arrays


def read_json(path) -> dict[str, np.ndarray]:
    whole = json.loads(path.read_text("utf-8"))["weights"]
    return {f"{a}.{b}": np.array(v, np.float32) for a, own in whole.items() for b, v in own.items()}


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("graph", GRAPHS)
def test_every_number_arrives_exactly(name, graph, tmp_path):
    network, path = exported(*GRAPHS[graph]), tmp_path / f"w.{name}"
    formats[name].check(network)
    formats[name].write(network, path)
    raw = (read_csv if name == "csv" else read_json)(path)
    arrays, metadata = formats[name].read(path)
    assert raw.keys() == arrays.keys() == network.arrays.keys() and metadata == network.metadata()
    for key, values in network.arrays.items():
        assert np.array_equal(raw[key], values) and np.array_equal(arrays[key], values)


@pytest.mark.parametrize("name", FORMATS)
def test_a_trained_network_predicts_the_same(name, tmp_path):
    parity = export(open_example("iris").session(), tmp_path / f"w.{name}")
    assert parity.holds and parity.format == name


@pytest.mark.parametrize("name", FORMATS)
def test_large_networks_are_sent_to_another_format(name):
    network = exported(chain(("dense", {"units": 1000})), (500,))
    with pytest.raises(ExportError, match=r"has 501,000 numbers\. .* takes 500,000 .*safetensors"):
        formats[name].check(network)


def test_a_name_is_no_formula(tmp_path):
    hostile = '=HYPERLINK("x")'
    first = NodeSpec(hostile, "dense", {"units": 2}, ("in",))
    second = NodeSpec("'+1", "dense", {"units": 2}, (hostile,))
    nodes = (NodeSpec("in", "input"), first, second, NodeSpec("out", "output", {}, ("'+1",)))
    network = exported(NetworkSpec(nodes), (2,))
    formats["csv"].write(network, tmp_path / "w.csv")
    with (tmp_path / "w.csv").open(newline="", encoding="utf-8") as file:
        names = [cell for line in csv.reader(file) for cell in (*line[:2], line[-1])]
    assert not [cell for cell in names if cell.startswith(("=", "+", "-", "@"))]
    assert formats["csv"].read(tmp_path / "w.csv")[0].keys() == network.arrays.keys()


def test_a_value_that_is_not_there_is_seen(tmp_path):
    path = tmp_path / "w.csv"
    formats["csv"].write(exported(chain(("dense", {"units": 3})), (2,)), path)
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:1] + lines[2:]), "utf-8")
    with pytest.raises(ValueError, match="1 values are not there"):
        formats["csv"].read(path)


def test_json_has_no_constants_for_infinity():
    network = exported(chain(("dense", {"units": 2})), (3,))
    network.arrays["dense0.bias"][0] = np.nan
    with pytest.raises(ExportError, match=r"'dense0\.bias' .* not finite.*NPZ"):
        formats["json"].check(network)


def test_rows_of_a_matrix_are_lines(tmp_path):
    formats["json"].write(exported(chain(("dense", {"units": 2})), (3,)), tmp_path / "w.json")
    text = (tmp_path / "w.json").read_text("utf-8")
    assert text.count("\n") < 60 and "\n    [" in text and json.loads(text)["preprocessing"]["classes"] == []
