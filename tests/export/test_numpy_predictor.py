"""The predictor that needs NumPy alone, run in a process of its own."""

from __future__ import annotations

import ast
import csv
import subprocess
import sys

import numpy as np
import pytest
from export.cases import HOSTILE, cases, difference, expected, exported, inputs
from export.test_same_preparation import INPUTS, rows, write
from kernels.networks import chain

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio import cli
from nnstudio.export.format import ExportError, formats
from nnstudio.export.plain_layers import KNOWN_OPTIONS

# Runs the predictors of many folders at once: a process for each would take long.
MANY = """
import importlib.util, pathlib, sys
import numpy as np
for folder in sorted(p for p in pathlib.Path(sys.argv[1]).iterdir() if p.is_dir()):
    spec = importlib.util.spec_from_file_location("predictor", folder / "predictor.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    for n in (1, 7):
        np.save(folder / f"out{n}.npy", module.outputs(np.load(folder / f"in{n}.npy")))
assert not [name for name in sys.modules if name.startswith(("nnstudio", "nnkernels", "numba"))]
"""


def python(*arguments: str, **options) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-I", "-B", *arguments],
        capture_output=True,
        encoding="utf-8",
        check=False,
        **options,
    )


def uncalled(code: str) -> set[str]:
    """Functions of a predictor that nothing in it names."""
    tree = ast.parse(code)
    defined = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    return defined - {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}


def test_every_layer_and_graph_predicts_the_same_at_batches_of_one_and_seven(tmp_path):
    networks = cases()
    for at, network in enumerate(networks.values()):
        folder = tmp_path / f"{at:03}"
        folder.mkdir()
        formats["numpy"].check(network)
        formats["numpy"].write(network, folder)
        assert not uncalled((folder / "predictor.py").read_text("utf-8"))
        for n in (1, 7):
            np.save(folder / f"in{n}.npy", inputs(network, n))
    ran = python("-W", "error", "-c", MANY, str(tmp_path))
    assert ran.returncode == 0, ran.stderr
    for at, name in enumerate(networks):
        for n in (1, 7):
            theirs = np.load(tmp_path / f"{at:03}" / f"out{n}.npy")
            assert difference(expected(name, n), theirs) < 1e-5, name


def test_only_the_functions_in_use_are_in_the_code(tmp_path):
    formats["numpy"].write(exported(chain(("dense", {"units": 2}), ("selu", {})), (3,)), tmp_path)
    code = (tmp_path / "predictor.py").read_text("utf-8")
    defined = {line.split("(")[0] for line in code.splitlines() if line.startswith("def ")}
    assert {"def dense", "def selu", "def elu"} <= defined and "def conv2d" not in defined
    assert "def table" not in defined, "samples without names are no rows of a table"


def test_how_to_call_it_and_the_shapes_of_values_are_told(tmp_path):
    network = exported(chain(("conv2d", {"filters": 3}), ("flatten", {}), ("dense", {})), (4, 5, 2))
    formats["numpy"].write(network, tmp_path)
    code = (tmp_path / "predictor.py").read_text("utf-8")
    told = " ".join((ast.get_docstring(ast.parse(code)) or "").split())
    assert "python predictor.py new.npy one line for each sample" in told
    assert "predictor.predict(samples) numbers in the units of the data" in told
    assert "a picture of 4 rows, 5 columns and 2 channels, in the units of the data and not scaled" in told
    assert "an array of (samples, 4, 5, 2). A file new.csv has a line of 40 numbers" in told
    assert "# 4 x 5 x 3\n" in code and "# 60\n" in code


def test_what_it_does_not_know_is_refused_by_node(monkeypatch):
    network = exported(chain(("dense", {"units": 2}), ("elu", {"alpha": 0.5})), (3,))
    monkeypatch.setitem(KNOWN_OPTIONS, "elu", ())
    with pytest.raises(ExportError, match=r"'elu1' \(ELU\) with alpha = 0.5.*NumPy NPZ"):
        formats["numpy"].check(network)
    monkeypatch.delitem(KNOWN_OPTIONS, "elu")
    with pytest.raises(ExportError, match=r"cannot express 'elu1' \(ELU\)"):
        formats["numpy"].check(network)


def test_a_way_of_padding_that_it_does_not_know_is_refused(monkeypatch):
    network = exported(chain(("conv2d", {"padding": "same lower"}), ("flatten", {})), (3, 4, 2))
    monkeypatch.setattr("nnstudio.export.format.PADDINGS", ("same", "valid"))
    with pytest.raises(ExportError, match=r"'conv2d0' \(Conv2D\) with padding = 'same lower'"):
        formats["numpy"].check(network)


def test_known_options_are_names_and_not_one_text():
    assert not [layer for layer, known in KNOWN_OPTIONS.items() if isinstance(known, str)]


@pytest.fixture(scope="module", params=["number", "class"])
def trained(request, tmp_path_factory):
    """A project on a table with gaps, categories, orders, dates and limits."""
    folder = tmp_path_factory.mktemp("rows")
    columns = (
        "zip: category; grade: ordered low < mid < high; income: log; load: clip; age: min-max; day: fill"
    )
    data = write(folder / "table.csv", rows(), (*INPUTS, request.param))
    told = ("--target", request.param, "--option", f"columns={columns}")
    assert cli.run(["new", "--data", str(data), *told, str(folder / "p.nns")]) == 0
    assert cli.run(["train", str(folder / "p.nns"), "--epochs", "2", "--threads", "1"]) == 0
    return folder, request.param


def test_the_command_line_gives_what_predict_gives(trained):
    folder, target = trained
    out = folder / "predictor"
    assert cli.run(["export", str(folder / "p.nns"), str(out), "--format", "numpy"]) == 0
    new = write(folder / "new.csv", rows(), INPUTS[::-1])
    assert cli.run(["predict", str(folder / "p.nns"), str(new), "--out", str(folder / "out.csv")]) == 0
    with (folder / "out.csv").open(encoding="utf-8") as file:
        ours = list(csv.DictReader(file))
    ran = python(str(out / "predictor.py"), str(new))
    assert ran.returncode == 0, ran.stderr
    theirs = list(csv.DictReader(ran.stdout.splitlines()))
    assert len(theirs) == len(ours) == 120 and theirs[0].keys() == ours[0].keys()
    number = "number" if target == "number" else "probability"
    np.testing.assert_allclose(
        [float(r[number]) for r in theirs], [float(r[number]) for r in ours], rtol=1e-4
    )
    if target == "class":
        assert [r["class"] for r in theirs] == [r["class"] for r in ours]


def test_a_row_that_lacks_an_input_is_told_and_the_others_are_predicted(trained):
    folder, _target = trained
    out = folder / "predictor"
    assert cli.run(["export", str(folder / "p.nns"), str(out), "--format", "numpy"]) == 0
    table = rows()[:3]
    table[1]["income"] = ""
    table[2]["colour"] = "never seen"
    ran = python(str(out / "predictor.py"), str(write(folder / "gap.csv", table, INPUTS)))
    assert "row 2 is left out: 'income' is ''" in ran.stderr and "had no 'never seen'" in ran.stderr
    answers = ran.stdout.splitlines()
    assert len(answers) == 4 and set(answers[2]) <= {'"', ","} and answers[3].strip(",")
    few = python(str(out / "predictor.py"), str(write(folder / "few.csv", table, INPUTS[1:])))
    assert few.returncode == 1 and "row 1 has no column 'size'" in few.stderr


def test_a_table_with_columns_of_one_name_is_read_as_nnstudio_reads_it(tmp_path):
    lines = ["a,a,a (2),,kind", *(f"{i % 2},{i},{-i},{i % 3},{'xy'[i % 2]}" for i in range(40))]
    (tmp_path / "table.csv").write_text("\n".join(lines))
    project, out = tmp_path / "p.nns", tmp_path / "predictor"
    assert cli.run(["new", "--data", str(tmp_path / "table.csv"), "--target", "kind", str(project)]) == 0
    assert cli.run(["export", str(project), str(out), "--format", "numpy"]) == 0
    command = ["predict", str(project), str(tmp_path / "table.csv"), "--out", str(tmp_path / "out.csv")]
    assert cli.run(command) == 0
    ran = python(str(out / "predictor.py"), str(tmp_path / "table.csv"))
    assert ran.returncode == 0, ran.stderr
    ours = list(csv.DictReader((tmp_path / "out.csv").read_text().splitlines()))
    theirs = list(csv.DictReader(ran.stdout.splitlines()))
    assert [row["kind"] for row in theirs] == [row["kind"] for row in ours]


def test_names_of_the_data_are_no_code(tmp_path):
    nodes = (NodeSpec("in", "input"), NodeSpec("d", "dense", {"units": len(HOSTILE)}, ("in",)),
             NodeSpec("out", "output", {}, ("d",)))  # fmt: skip
    data = {"classes": HOSTILE, "features": HOSTILE[:2], "targets": (HOSTILE[0],)}
    formats["numpy"].write(exported(NetworkSpec(nodes), (2,), **data), tmp_path)
    code = "import sys; sys.path.insert(0, sys.argv[1]); import predictor; print(ascii(predictor.CLASSES))"
    ran = python("-c", code, str(tmp_path))
    assert ran.stdout.strip() == ascii(list(HOSTILE))
    with (tmp_path / "new.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([HOSTILE[:2], [1, 2]])
    ran = python(str(tmp_path / "predictor.py"), str(tmp_path / "new.csv"), env={"PYTHONIOENCODING": "utf-8"})
    assert ran.returncode == 0 and len(list(csv.reader(ran.stdout.splitlines()))) >= 2, ran.stderr
