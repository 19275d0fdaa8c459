"""The command line: what it prints, what it writes, and its exit codes."""

from __future__ import annotations

import json
import math
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from nnstudio import cli
from nnstudio.exit_codes import ExitCode
from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import DataReference
from nnstudio.project import Project, example_names

EPOCH_KEYS = [
    "epoch",
    "steps",
    "loss",
    "accuracy",
    "val_loss",
    "val_accuracy",
    "samples_per_second",
    "seconds",
]


@pytest.fixture
def run(capsys):
    def call(*words) -> tuple[int, str, str]:
        code = cli.run([str(w) for w in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def xor(tmp_path, run) -> Path:
    path = tmp_path / "xor.nns"
    assert run("example", "xor", path)[0] == 0
    return path


def test_examples_are_listed_and_all_can_be_written(run, tmp_path):
    _, out, _ = run("examples")
    names = [line.split()[0] for line in out.splitlines()]
    assert set(names) == set(example_names()) and "Digits, ConvNet: " in out
    assert {"celsius", "xor", "spiral", "iris", "mnist-dense", "mnist-convnet"} <= set(names)
    for name in (*names, "digits, convnet"):
        assert run("example", name, tmp_path / f"{name}.nns")[0] == 0


def test_train_prints_one_json_object_a_line(run, xor):
    code, out, _ = run("train", xor, "--epochs", 3, "--json", "--threads", 1)
    rows = [json.loads(line) for line in out.splitlines()]
    assert code == 0 and [list(r) for r in rows] == [EPOCH_KEYS] * 3
    assert [r["epoch"] for r in rows] == [1, 2, 3]
    assert all(math.isfinite(v) for r in rows for v in r.values())


def test_what_does_not_apply_is_null(run, tmp_path):
    run("example", "celsius", tmp_path / "c.nns")
    _, out, _ = run("train", tmp_path / "c.nns", "--epochs", 1, "--json")
    assert json.loads(out)["accuracy"] is None and json.loads(out)["val_accuracy"] is None


def test_training_goes_on_where_it_stopped_and_out_leaves_the_project_alone(run, xor, tmp_path):
    before = xor.read_bytes()
    other = tmp_path / "other.nns"
    assert run("train", xor, "--epochs", 2, "--out", other)[0] == 0
    assert xor.read_bytes() == before
    _, out, _ = run("train", other, "--epochs", 4, "--json")
    assert [json.loads(line)["epoch"] for line in out.splitlines()] == [3, 4]
    assert len(Project.open(other).state.history) == 4
    whole = tmp_path / "whole.nns"
    run("train", xor, "--epochs", 4, "--out", whole)
    assert np.array_equal(Project.open(whole).state.params, Project.open(other).state.params)


def test_a_seed_starts_anew(run, xor):
    run("train", xor, "--epochs", 2)
    _, out, _ = run("train", xor, "--epochs", 2, "--seed", 9, "--json")
    assert [json.loads(line)["epoch"] for line in out.splitlines()] == [1, 2]
    assert Project.open(xor).document.settings.seed == 9


def test_without_json_there_is_a_bar_and_a_summary(run, xor):
    code, out, err = run("train", xor, "--epochs", 2)
    assert code == 0 and "accuracy" in out and "Saved" in out and "2/2" in err


def test_evaluate(run, xor):
    run("train", xor, "--epochs", 60)
    code, out, _ = run("evaluate", xor, "--json")
    row = json.loads(out)
    assert code == 0 and row["accuracy"] > 0.8 and row["samples"] == 125
    assert "accuracy" in run("evaluate", xor)[1]


def test_predict_from_a_table_gives_classes_and_numbers(run, tmp_path, xor):
    table = tmp_path / "new.csv"
    table.write_text("x1,x2\n3,3\n3,-3\n")
    run("train", xor, "--epochs", 100)
    _, out, _ = run("predict", xor, table)
    header, one, two = out.splitlines()
    assert header == "colour,probability" and one.split(",")[0] != two.split(",")[0]
    run("example", "celsius", tmp_path / "c.nns")
    run("train", tmp_path / "c.nns")
    table.write_text("Celsius\n100\n-40\n")
    assert run("predict", tmp_path / "c.nns", table, "--out", tmp_path / "out.csv")[0] == 0
    values = [float(v) for v in (tmp_path / "out.csv").read_text().splitlines()[1:]]
    assert values == pytest.approx([212, -40], rel=0.01)


def test_predict_from_an_array(run, tmp_path):
    run("example", "mnist-dense", tmp_path / "m.nns")
    np.save(tmp_path / "x.npy", np.zeros((3, 28, 28), np.uint8))
    _, out, _ = run("predict", tmp_path / "m.nns", tmp_path / "x.npy")
    assert len(out.splitlines()) == 4


def text_project(kind, options):
    """A project on a text: an embedding of 80 tokens and a unit for each class."""
    from nnstudio.model.document import DataReference
    from nnstudio.model.graph import Link, Node

    project = Project()
    project.document.set_data(DataReference(kind, options))
    classes = len(project.load_data().classes)
    graph = project.document.graph
    for node in (
        Node("i", "input", "I"),
        Node("e", "embedding", "E", options={"size": 80, "dimensions": 2}),
        Node("f", "flatten", "F"),
        Node("d", "dense", "D", options={"units": classes}),
        Node("o", "output", "O"),
    ):
        graph.insert_node(node)
    for link in ("ie", "ef", "fd", "do"):
        graph.insert_link(Link(*link))
    settings = project.document.settings.with_option("loss", "softmax_cross_entropy")
    project.document.set_settings(settings)
    return project


def test_predict_says_what_follows_the_end_of_a_text(run, tmp_path):
    (tmp_path / "t.txt").write_text("one fish, two fish; red fish, blue fish. " * 30)
    options = {"path": str(tmp_path / "t.txt"), "unit": "words", "window": 3}
    text_project("text", options).save(tmp_path / "p.nns")
    # The text travels inside.
    (tmp_path / "t.txt").unlink()
    (tmp_path / "new.txt").write_text("blue fish. one fish,\n two")
    run("train", tmp_path / "p.nns", "--epochs", 60)
    code, out, err = run("predict", tmp_path / "p.nns", tmp_path / "new.txt")
    assert (code, err) == (0, "") and out.startswith("next word,probability\nfish,0.")
    (tmp_path / "new.txt").write_text("two fish green")
    code, out, err = run("predict", tmp_path / "p.nns", tmp_path / "new.txt")
    assert (code, out) == (2, "") and "'green' at the end of 'new.txt'" in err
    (tmp_path / "numbers.csv").write_text("4,3,0\n3,0,6\n")
    assert len(run("predict", tmp_path / "p.nns", tmp_path / "numbers.csv")[1].splitlines()) == 3


def test_predict_refuses_numbers_that_an_embedding_has_no_row_for(run, tmp_path):
    text_project("shakespeare", {"length": 3, "samples": 20}).save(tmp_path / "p.nns")
    np.save(tmp_path / "good.npy", np.array([[0, 5, 79]]))
    np.save(tmp_path / "bad.npy", np.array([[0, 5, 79], [1, 80, 2]]))
    assert run("predict", tmp_path / "p.nns", tmp_path / "good.npy")[0] == 0
    code, out, err = run("predict", tmp_path / "p.nns", tmp_path / "bad.npy")
    assert code == 2 and out == ""
    assert "0 to 79" in err and "80" in err and len(err.splitlines()) == 1


def test_predict_undoes_the_scaling_of_a_table(run, tmp_path):
    rows = "".join(f"{i},{i % 7},{100 + 3 * i}\n" for i in range(80))
    (tmp_path / "t.csv").write_text("a,b,y\n" + rows)
    project = Project()
    from nnstudio.model.document import DataReference
    from nnstudio.model.graph import Link, Node

    graph = project.document.graph
    for node in (
        Node("i", "input", "I"),
        Node("d", "dense", "D", options={"units": 1}),
        Node("o", "output", "O"),
    ):
        graph.insert_node(node)
    graph.insert_link(Link("i", "d"))
    graph.insert_link(Link("d", "o"))
    project.document.set_data(DataReference("csv", {"path": str(tmp_path / "t.csv")}))
    project.document.set_settings(project.document.settings.with_option("learning_rate", 0.05))
    project.save(tmp_path / "p.nns")
    assert run("train", tmp_path / "p.nns", "--epochs", 100)[0] == 0
    (tmp_path / "new.csv").write_text("b,a\n3,10\n1,50\n")
    values = [float(v) for v in run("predict", tmp_path / "p.nns", tmp_path / "new.csv")[1].splitlines()[1:]]
    assert values == pytest.approx([130, 250], abs=1)
    (tmp_path / "t.csv").unlink()
    assert run("evaluate", tmp_path / "p.nns")[0] == 0, "the table travels inside the project"


def test_export(run, xor, tmp_path):
    for suffix in (".safetensors", ".npz"):
        code, out, _ = run("export", xor, tmp_path / f"w{suffix}")
        assert code == 0 and "predicts the same" in out


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["train", "none.nns"], "cannot be opened"),
        (["example", "nothing", "x.nns"], "no example 'nothing'"),
        (["example", "xor", "none/x.nns"], "cannot be written"),
        (["export", "xor.nns", "w.txt"], "must end in"),
        (["export", "xor.nns", "none/w.npz"], "cannot be written"),
        (["predict", "xor.nns", "none.csv"], "cannot be opened"),
        (["predict", "xor.nns", "wide.csv"], "has 4 columns"),
        (["train", "xor.nns", "--epochs", "0"], "Epochs"),
        (["train", "xor.nns", "--threads", "0"], "--threads"),
        (["train", "xor.nns", "--out", "none/x.nns"], "cannot be written"),
        (["train", "cut.nns"], "damaged"),
    ],
)
def test_what_the_user_can_mend_is_a_sentence_and_exit_code_2(run, xor, monkeypatch, words, sentence):
    monkeypatch.chdir(xor.parent)
    Path("cut.nns").write_bytes(xor.read_bytes()[:300])
    Path("wide.csv").write_text("p,q,r,s\n1,2,3,4\n")
    Path("words.csv").write_text("x1,x2\n1,2\n3,four\n")
    code, _, err = run(*words)
    assert code == 2 and sentence in err and "Traceback" not in err


def test_divergence_is_a_sentence_and_keeps_the_last_good_weights(run, tmp_path):
    path = tmp_path / "c.nns"
    run("example", "celsius", path)
    project = Project.open(path)
    for name, value in (("optimizer", "sgd"), ("learning_rate", 900.0)):
        project.document.set_settings(project.document.settings.with_option(name, value))
    project.save(path)
    code, _, err = run("train", path)
    assert code == 2 and "diverged" in err
    assert np.isfinite(Project.open(path).state.params).all()


def start(*words, **kwargs) -> subprocess.Popen:
    """nnstudio in a process of its own, its output as text."""
    command = [sys.executable, "-m", "nnstudio", *map(str, words)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    return subprocess.Popen(command, **pipes, **kwargs)


@pytest.mark.parametrize(
    "words, said",
    [
        (("trian", "x.nns", "--epochs", "3"), "Did you mean 'train'"),
        (("evalute",), "Did you mean 'evaluate'"),
        (("missing.nns",), "no file 'missing.nns'"),
        (("hello",), "neither a command nor a file"),
        ((".",), "is a folder"),
        (("--tarin",), "unrecognized arguments"),
    ],
)
def test_what_is_no_command_and_no_file_is_refused_and_opens_no_window(words, said, tmp_path):
    out, error = (process := start(*words, cwd=tmp_path)).communicate(timeout=60)
    assert process.returncode == 2 and said in error and out == ""


def test_two_projects_are_not_opened(xor):
    process = start(xor, xor)
    assert "Only one project" in process.communicate(timeout=60)[1] and process.returncode == 2


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_pressing_ctrl_c_again_and_again_loses_nothing(xor, number):
    with start("train", xor, "--epochs", 1_000_000, "--json", "--threads", 1) as process:
        rows = [json.loads(process.stdout.readline()) for _ in range(3)]
        for _ in range(5):
            process.send_signal(number)
        error = process.communicate(timeout=60)[1]
    assert process.returncode == ExitCode.STOPPED and "Stopped by you after" in error
    assert Project.open(xor).state.epoch >= rows[-1]["epoch"]


def test_where_nothing_can_be_written_is_said_before_the_training(run, xor, tmp_path):
    for out in (tmp_path, tmp_path / "none" / "x.nns", Path("/dev/full")):
        code, text, error = run("train", xor, "--epochs", 1, "--json", "--out", out)
        assert code == 2 and text == "" and str(out) in error
    table = tmp_path / "new.csv"
    table.write_text("x1,x2\n3,3\n")
    assert run("predict", xor, table, "--out", tmp_path)[0] == 2


def test_what_was_trained_is_saved_elsewhere_where_the_disk_became_full(run, xor, tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_DATA", str(tmp_path / "elsewhere"))
    save = Project.save

    def full(project, path):
        if path == xor:
            raise FileError(f"'{path}' cannot be written: No space left on device.")
        save(project, path)

    monkeypatch.setattr(Project, "save", full)
    code, _, error = run("train", xor, "--epochs", 2, "--json")
    (rescued,) = (tmp_path / "elsewhere").rglob("*.nns")
    assert code == 2 and str(rescued) in error and Project.open(rescued).state.epoch == 2


def test_a_failed_prediction_leaves_the_old_file(run, xor, tmp_path):
    out, table = tmp_path / "out.csv", tmp_path / "new.csv"
    out.write_text("old")
    table.write_text("x1,x2\nthree,3\n")
    assert run("predict", xor, table, "--out", out)[0] == 2
    assert out.read_text() == "old"


def test_an_option_of_the_data_leaves_a_row_out(run, tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))
    table, path = tmp_path / "t.csv", tmp_path / "p.nns"
    rows = "".join(f"{i}.5,{i % 3},{i % 5},{i % 4},{'abc'[i % 3]}\n" for i in range(20))
    table.write_text("a,b,c,d,y\n" + rows + "Total,,,,\n")
    assert run("example", "iris", path)[0] == 0
    project = Project.open(path)
    project.document.set_data(DataReference("csv"))
    project.state = None
    project.save(path)
    code, _, err = run("train", path, "--data", table, "--epochs", 1)
    assert code == 2 and "'Total' in data row 21" in err and "skip_rows='21'" in err
    assert run("train", path, "--data", table, "--option", "skip_rows=21", "--epochs", 1)[0] == 0
    assert Project.open(path).document.data.options["skip_rows"] == "21"
    wrongs = {"rows=3": "no option 'rows'", "test_ratio=x": "must be a number", "seed=": "Seed must be"}
    for wrong, words in wrongs.items():
        code, _, err = run("evaluate", path, "--option", wrong)
        assert code == 2 and words in err


@pytest.mark.parametrize("name", ["x.npy", "x.csv"])
def test_a_pipe_is_not_waited_for(run, xor, tmp_path, name):
    os.mkfifo(tmp_path / name)
    code, _, err = run("predict", xor, tmp_path / name)
    assert code == 2 and "pipe or a device" in err


def test_a_number_too_large_for_the_network_is_a_sentence(run, xor, tmp_path):
    (tmp_path / "x.csv").write_text("x1,x2\n1,2\n1e300,2\n")
    np.save(tmp_path / "x.npy", np.array([[1.0, 2.0], [1e300, 2.0]]))
    for name in ("x.csv", "x.npy"):
        code, out, err = run("predict", xor, tmp_path / name)
        assert code == 2 and not out and "cannot be standardised" in err


def test_no_result_replaces_a_project_or_what_is_read(run, tmp_path):
    project, table = tmp_path / "c.nns", tmp_path / "t.csv"
    run("example", "celsius", project)
    table.write_text("Celsius\n1\n")
    kept = project.read_bytes(), table.read_bytes()
    refused = [
        (["example", "xor", project], "--replace"),
        (["predict", project, table, "--out", project], "is the name of a project"),
        (["predict", project, table, "--out", table], "is the file that is read"),
        (["train", project, "--epochs", "1", "--out", table], "must end in .nns"),
    ]
    for words, sentence in refused:
        code, _, error = run(*words)
        assert code == 2 and sentence in error, words
        assert (project.read_bytes(), table.read_bytes()) == kept
    assert run("example", "xor", project, "--replace")[0] == 0


def test_predict_takes_pictures_and_names_what_cannot_be_read(run, tmp_path):
    from PIL import Image

    path, folder = tmp_path / "d.nns", tmp_path / "new"
    assert run("example", "mnist-dense", path)[0] == 0
    assert run("train", path, "--epochs", "1")[0] == 0
    data = Project.open(path).load_data()
    folder.mkdir()
    for i in range(4):
        pixels = np.rint(data.x_test[i, :, :, 0] * 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{i}.png")
    np.save(tmp_path / "x.npy", data.x_test[:4] * 255)
    code, out, err = run("predict", path, folder)
    lines = out.splitlines()
    assert (
        code == 0
        and err == ""
        and [line.split(",")[0] for line in lines] == ["file", *(f"{i}.png" for i in range(4))]
    )
    as_array = run("predict", path, tmp_path / "x.npy")[1].splitlines()
    assert [line.split(",", 1)[1] for line in lines] == as_array
    (folder / "2.png").write_bytes(b"no picture")
    code, out, err = run("predict", path, folder)
    assert code == 3 and out.splitlines()[3] == "2.png,," and "1 of 4 pictures cannot be read: 2.png" in err
    assert run("predict", path, folder / "1.png")[1].splitlines()[1] == lines[2]
