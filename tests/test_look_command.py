"""`nnstudio explain` of attention, hidden state and generated samples: what it prints, writes and refuses."""

from __future__ import annotations

import csv
import json
import shutil
from importlib.resources import files

import numpy as np
import pytest
from PIL import Image

from nnstudio import cli
from nnstudio.exit_codes import ExitCode
from nnstudio.explain.attention_maps import LOOKS_BACK
from nnstudio.from_data import project_from_data
from nnstudio.model.proposal import Reader
from nnstudio.project import Project, open_example

LENGTH = 6


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    """A project of one's own text, its transformer untrained."""
    folder = tmp_path_factory.mktemp("text")
    (folder / "song.txt").write_text("".join(f"{n} green bottles\n" for n in range(200)), encoding="utf-8")
    options = {"window": LENGTH, "samples": 60, "guess": "each"}
    proposed = project_from_data(folder / "song.txt", options, [], "text", Reader.TRANSFORMER)
    proposed.project.save(folder / "song.nns")
    return folder / "song.nns"


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    path = tmp_path_factory.mktemp("series") / "passengers.nns"
    open_example("passengers").save(path)
    return path


def lesson(name, folder):
    source = files("nnstudio.resources") / "lessons" / name / "start.nns"
    shutil.copyfile(str(source), folder / f"{name}.nns")
    return folder / f"{name}.nns"


def explained(*words):
    return cli.run(["explain", *map(str, words)])


def pixels_of(path):
    with Image.open(path) as picture:
        return np.asarray(picture)


def rows_of(path):
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_attention_of_all_heads_is_a_table_and_says_what_is_hidden(text, tmp_path, capsys):
    assert explained("attention", text, "--sample", 3, "--out", tmp_path / "a.csv") == ExitCode.DONE
    told = capsys.readouterr()
    assert "TransformerBlock › attention" in told.out and LOOKS_BACK in told.out and "took " in told.out
    assert "is not trained" in told.err
    rows = rows_of(tmp_path / "a.csv")
    assert len(rows) == 4 * LENGTH**2 and {row["head"] for row in rows} == set("1234")
    for row in rows:
        assert row["hidden"] == str(int(int(row["looks_at"]) > int(row["step"])))
    sums = np.zeros((4, LENGTH))
    for row in rows:
        sums[int(row["head"]) - 1, int(row["step"]) - 1] += float(row["share"])
    assert sums == pytest.approx(1, abs=1e-4)


def test_a_layer_is_named_as_on_the_canvas(text, tmp_path, capsys):
    assert explained("attention", text, "--layer", "transformerblock 2", "--json") == ExitCode.DONE
    assert json.loads(capsys.readouterr().out)["layer"] == "TransformerBlock 2 › attention"
    assert explained("attention", text, "--layer", "Dense") == ExitCode.REFUSED
    assert "'Dense' is no layer of which this can be told" in capsys.readouterr().err


def test_maps_are_a_picture_whose_hidden_part_is_grey(text, tmp_path):
    assert explained("attention", text, "--out", tmp_path / "a.png") == ExitCode.DONE
    pixels = pixels_of(tmp_path / "a.png")
    cell = pixels.shape[0] // LENGTH
    assert (pixels[cell // 2, cell + cell // 2] == pixels[cell // 2, 5 * cell + cell // 2]).all()
    assert (pixels[cell // 2, cell + cell // 2] != pixels[cell // 2, cell // 2]).any()


def test_the_hidden_state_is_what_the_engine_gives_at_the_last_step(series, tmp_path, capsys):
    assert explained("hidden_state", series, "--sample", 2, "--out", tmp_path / "h.csv") == ExitCode.DONE
    assert "16 units after each of 12 steps of sample 2" in capsys.readouterr().out
    last = rows_of(tmp_path / "h.csv")[-1]
    session = Project.open(series).session()
    gru = next(name for name, node in session.layout.nodes.items() if node.layer.id == "gru")
    state = session.predict_all(session.samples()[0][2:3], [gru])[gru][0]
    assert [float(last[f"unit {i + 1}"]) for i in range(16)] == pytest.approx(state.tolist(), abs=1e-5)
    assert explained("hidden_state", series, "--out", tmp_path / "h.png") == ExitCode.DONE
    assert len(pixels_of(tmp_path / "h.png")) == 16 * (224 // 16)


def test_generated_pictures_are_a_sheet_and_a_table(tmp_path, capsys):
    project = lesson("gan-digits", tmp_path)
    assert explained("generated", project, "--out", tmp_path / "g.png") == ExitCode.DONE
    assert "64 generated pictures" in capsys.readouterr().out
    assert pixels_of(tmp_path / "g.png").shape[1] == 8 * (28 + 3) + 3
    assert explained("generated", project, "--out", tmp_path / "g.csv") == ExitCode.DONE
    rows = rows_of(tmp_path / "g.csv")
    assert len(rows) == 64 * 28 * 28 and rows[-1]["picture"] == "63"


def test_generated_points_are_a_table_and_a_picture(tmp_path, capsys):
    project, names = lesson("gan", tmp_path), [tmp_path / "g.csv", tmp_path / "g.png"]
    assert explained("generated", project, "--out", names[0], "--output", names[1]) == ExitCode.DONE
    rows = rows_of(names[0])
    assert len(rows) == 256 and list(rows[0]) == ["x1", "x2", "x1 moves by", "x2 moves by"]
    colours, counts = np.unique(pixels_of(names[1]).reshape(-1, 3), axis=0, return_counts=True)
    seen = {tuple(colour): count for colour, count in zip(colours.tolist(), counts, strict=True)}
    assert seen[47, 111, 222] > 1000 and seen[232, 134, 46] > 1000, "real and generated points"
    assert f"Wrote {names[0]}.\nWrote {names[1]}." in capsys.readouterr().out


def test_what_a_layer_reacts_to_is_told_by_samples_and_drawn(tmp_path, capsys):
    project = tmp_path / "d.nns"
    open_example("mnist-convnet").save(project)
    names = [tmp_path / "r.csv", tmp_path / "r.png"]
    words = "reacts_to", project, "--layer", "Conv2D", "--out", names[0], "--out", names[1], "--json"
    assert explained(*words) == ExitCode.DONE
    told, rows = json.loads(capsys.readouterr().out), rows_of(names[0])
    assert (told["layer"], told["units"], told["samples"]) == ("Conv2D", 16, 256)
    assert len(rows) == 16 * 6 and [row["rank"] for row in rows[:6]] == list("123456")
    session = Project.open(project).session()
    conv = next(name for name, node in session.layout.nodes.items() if node.layer.id == "conv2d")
    given = session.predict(session.samples()[0][:256], conv)[..., 0].reshape(256, -1).max(1)
    assert [int(row["sample"]) for row in rows[:6]] == np.argsort(-given, kind="stable")[:6].tolist()
    assert told["rows"][0]["samples"] == [int(row["sample"]) for row in rows[:6]]
    assert float(rows[0]["value"]) == pytest.approx(float(given.max()), rel=1e-5)
    assert pixels_of(names[1]).shape[0] % 16 == 0
    assert explained("reacts_to", project) == ExitCode.REFUSED
    assert "--layer NODE" in capsys.readouterr().err


def test_what_moved_in_training_is_an_animation_of_its_kept_steps(series, tmp_path, capsys):
    project = Project.open(series)
    session = project.session()
    for _ in session.slices(3):
        pass
    project.state = session.state()
    project.save(tmp_path / "p.nns")
    kept = len(session.checkpoint_steps)
    words = "hidden_state", tmp_path / "p.nns", "--out", tmp_path / "h.gif", "--out", tmp_path / "h.png"
    assert kept > 1 and explained(*words) == ExitCode.DONE
    with Image.open(tmp_path / "h.gif") as animation:
        assert animation.n_frames == min(kept, 60)
        animation.seek(animation.n_frames - 1)
        last = np.asarray(animation.convert("RGB")).astype(int)
    now = pixels_of(tmp_path / "h.png").astype(int)
    assert last.shape == now.shape and np.corrcoef(last.ravel(), now.ravel())[0, 1] > 0.9
    capsys.readouterr()
    assert explained("hidden_state", series, "--out", tmp_path / "n.gif") == ExitCode.REFUSED
    assert "no steps along the way" in capsys.readouterr().err and not (tmp_path / "n.gif").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["attention", "series"], "No layer of this network attends"),
        (["generated", "series"], "generates nothing yet"),
        (["hidden_state", "text"], "no recurrent layer"),
        (["hidden_state", "series", "--set", "memory=cell"], "has no memory cell"),
        (["hidden_state", "series", "--set", "steps=3"], "memory=state or memory=cell"),
        (["hidden_state", "series", "--sample", "999"], "there is no number 999"),
        (["attention", "text", "--target", "a"], "takes no --target"),
        (["attention", "text", "--set", "steps=3"], "takes no --set"),
        (["attention", "text", "--out", "a.jpg"], "'.jpg' is no kind of file for this"),
        (["generated", "text", "--sample", "3"], "takes no --sample"),
    ],
)
def test_what_cannot_be_told_is_refused_in_a_sentence(words, said, text, series, capsys):
    projects = {"text": text, "series": series}
    assert explained(*(projects.get(word, word) for word in words)) == ExitCode.REFUSED
    assert said in capsys.readouterr().err
