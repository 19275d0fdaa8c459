"""`nnstudio explain`: what it prints, writes and refuses, for pictures, tables, texts and no training."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from PIL import Image

from nnstudio import cli
from nnstudio.from_data import project_from_data

COLOURS = {"blue": 2, "red": 0}


def saved(folder, data, options=None):
    """A proposed project, trained for a moment."""
    project = project_from_data(data, options or {}).project
    session = project.session()
    for _ in session.slices(20):
        pass
    project.state = session.state()
    project.save(folder / "p.nns")
    return folder / "p.nns"


@pytest.fixture(scope="module")
def pictures(tmp_path_factory):
    folder = tmp_path_factory.mktemp("explained")
    rng = np.random.default_rng(0)
    for name, channel in COLOURS.items():
        (folder / "data" / name).mkdir(parents=True)
        for number in range(20):
            pixels = rng.integers(0, 90, (8, 8, 3)).astype(np.uint8)
            pixels[:, :, channel] += 120
            Image.fromarray(pixels).save(folder / "data" / name / f"{number}.png")
    return saved(folder, folder / "data", {"size": 8})


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    folder = tmp_path_factory.mktemp("table")
    rng = np.random.default_rng(1)
    rows = [f"{a:.3f},{b:.3f},{3 * a - b:.4f}\n" for a, b in rng.normal(size=(60, 2))]
    (folder / "t.csv").write_text("length,width,y\n" + "".join(rows))
    return saved(folder, folder / "t.csv")


def rows_of(path):
    return list(csv.reader(path.read_text().splitlines()))


def explain(method, project, *words):
    return cli.run(["explain", method, str(project), *map(str, words)])


def test_integrated_gradients_print_their_check_and_their_baseline(pictures, capsys):
    capsys.readouterr()
    assert explain("integrated_gradients", pictures, "--target", "red") in (0, 3)
    told = capsys.readouterr().out
    assert told.startswith("Integrated gradients: score of red, for validation sample 0 (")
    for words in (
        "for the baseline (black):",
        "sum of all shares:",
        "difference:",
        "64 of them there and back",
    ):
        assert words in told


def test_as_json_there_is_everything_that_is_printed(pictures, capsys):
    capsys.readouterr()
    words = "--sample", 2, "--part", "training", "--set", "window=2", "--set", "baseline=white", "--json"
    assert explain("occlusion", pictures, *words) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["method"], told["sample"], told["baseline"]) == ("occlusion", "training sample 2", "white")
    assert told["windows"] == 49 and told["samples forward"] == 50 and told["samples back"] == 0
    assert told["label"] in COLOURS and told["notes"] == [] and told["out"] is None


def test_a_picture_a_growing_one_and_a_table_are_written(pictures, tmp_path, capsys):
    capsys.readouterr()
    assert explain("fgsm", pictures, "--out", tmp_path / "f.png") == 0
    told = capsys.readouterr().out
    assert "difference drawn times: 5" in told and f"Wrote {tmp_path / 'f.png'}." in told
    with Image.open(tmp_path / "f.png") as picture:
        assert picture.size == (3 * 224 + 16, 224)
    words = "--layer", "conv2d", "--unit", 1, "--set", "steps=5", "--out", tmp_path / "d.gif"
    assert explain("activation_maximisation", pictures, *words) == 0
    with Image.open(tmp_path / "d.gif") as animation:
        assert animation.n_frames == 10
    assert "channel 1 of Conv2D" in capsys.readouterr().out
    # From noise, no sample has a part in it.
    words = "--layer", "conv2d", "--unit", 1, "--set", "steps=5", "--out", tmp_path / "d.csv"
    assert explain("activation_maximisation", pictures, *words) == 0
    assert rows_of(tmp_path / "d.csv")[0] == ["row", "column", "channel", "value"]
    words = "--set", "points=3", "--set", "samples=4", "--out", tmp_path / "r.csv"
    assert explain("robustness", pictures, *words) == 0
    rows = rows_of(tmp_path / "r.csv")
    assert rows[0] == ["strength", "accuracy"] and [float(row[0]) for row in rows[1:]] == [0, 0.15, 0.3]


def test_inputs_of_a_table_are_told_by_name_and_written_in_their_units(table, tmp_path, capsys):
    capsys.readouterr()
    assert explain("integrated_gradients", table, "--sample", 4, "--out", tmp_path / "t.csv") in (0, 3)
    told = capsys.readouterr().out
    assert "  length: " in told and "  width: " in told and "(mean)" in told
    rows = rows_of(tmp_path / "t.csv")
    assert [row[0] for row in rows] == ["input", "length", "width"]
    lines = {tuple(line.split(",")[:2]) for line in (table.parent / "t.csv").read_text().splitlines()}
    assert tuple(f"{float(row[1]):.3f}" for row in rows[1:]) in lines
    assert explain("fgsm", table) == 2
    assert "needs a network that tells classes" in capsys.readouterr().err
    assert explain("saliency", table, "--out", tmp_path / "t.png", "--output", tmp_path / "s.csv") == 0
    with Image.open(tmp_path / "t.png") as picture:
        assert picture.size[0] == 1000 and len(rows_of(tmp_path / "s.csv")) == 3


def test_categories_of_a_column_are_told_together_and_by_the_samples_own(tmp_path, capsys):
    rng = np.random.default_rng(1)
    shades = [("red", "green", "blue")[n] for n in rng.integers(0, 3, 90)]
    lengths = zip(shades, rng.normal(size=90), strict=True)
    rows = [f"{shade},{a:.3f},{a + 3 * (shade == 'red'):.4f}\n" for shade, a in lengths]
    (tmp_path / "t.csv").write_text("shade,length,y\n" + "".join(rows))
    project = saved(tmp_path, tmp_path / "t.csv")
    capsys.readouterr()
    assert explain("occlusion", project, "--part", "training", "--out", tmp_path / "o.csv") == 0
    told = capsys.readouterr().out
    rows = rows_of(tmp_path / "o.csv")
    assert rows[0] == ["column", "importance"] and len(rows) == 3
    assert {row[0].partition(" = ")[0] for row in rows[1:]} == {"shade", "length"}
    assert any(f"  shade = {shade}: " in told for shade in ("red", "green", "blue"))


def test_style_is_painted_over_files_and_what_it_does_not_take_is_refused(pictures, tmp_path, capsys):
    Image.fromarray(np.full((20, 30, 3), (230, 120, 20), np.uint8)).save(tmp_path / "a.png")
    capsys.readouterr()
    out = tmp_path / "s.png"
    words = "--content", tmp_path / "a.png", "--style", "gravel", "--size", 24, "--set", "steps=30"
    layers = "--set", "style_layers=Conv2D:2", "--set", "content_layer=Conv2D"
    assert explain("style", pictures, *words, *layers, "--out", out) == 0
    told = capsys.readouterr().out
    assert told.startswith("Style: a.png, in the style of gravel") and "style layers: Conv2D\n" in told
    assert "style loss now" in told and "difference drawn" not in told
    with Image.open(out) as picture:
        # Three pictures of 16 x 24, enlarged, and what lies between them.
        assert picture.size == (3 * 24 * 14 + 16, 16 * 14)
    assert explain("style", pictures, "--sample", 1, "--style", "brick", "--set", "steps=2") in (0, 3)
    assert "validation sample 1, in the style of brick" in capsys.readouterr().out


def test_a_new_picture_is_taken_for_what_is_predicted_and_that_is_said(pictures, tmp_path, capsys):
    Image.fromarray(np.full((8, 8, 3), (230, 20, 20), np.uint8)).save(tmp_path / "new.png")
    capsys.readouterr()
    assert explain("fgsm", pictures, "--file", tmp_path / "new.png") == 3
    streams = capsys.readouterr()
    assert "new.png" in streams.out and "Its true class is not known" in streams.err
    assert explain("fgsm", pictures, "--file", tmp_path / "new.png", "--sample", 1) == 2
    assert "holds 1 samples, so there is no number 1" in capsys.readouterr().err


def test_a_text_is_explained_token_by_token_and_cannot_be_fooled_a_little(tmp_path, capsys):
    path = tmp_path / "song.txt"
    path.write_text("".join(f"{n} green bottles, hanging on the wall.\n" for n in range(60)))
    project = saved(tmp_path, path, {"window": 6, "samples": 100})
    capsys.readouterr()
    words = ("--layer", "dense", "--unit", "0", "--out", tmp_path / "t.csv")
    told = {}
    for method in ("integrated_gradients", "occlusion"):
        assert explain(method, project, *words) in (0, 3)
        told[method] = capsys.readouterr().out
        assert len(rows_of(tmp_path / "t.csv")) == 7
    assert "zero vectors" in told["integrated_gradients"] and "baseline: token 0" in told["occlusion"]
    assert "  ␣ (" in told["occlusion"]
    assert explain("fgsm", project) == 2
    assert "cannot change a little" in capsys.readouterr().err


def test_an_untrained_network_is_said_to_mean_nothing(tmp_path, capsys):
    assert cli.run(["example", "iris", str(tmp_path / "i.nns")]) == 0
    assert explain("saliency", tmp_path / "i.nns") == 0
    assert "not trained" in capsys.readouterr().err


@pytest.mark.parametrize(
    "method, words, told",
    [
        ("salency", (), "Did you mean 'saliency'"),
        ("saliency", ("--target", "green"), "The classes are: blue, red"),
        ("saliency", ("--sample", 999), "counted from 0; there is no number 999"),
        ("saliency", ("--sample", -1), "there is no number -1"),
        ("saliency", ("--unit", 1), "needs --layer too"),
        ("saliency", ("--layer", "nothing"), "no layer called 'nothing'"),
        ("saliency", ("--set", "signed"), "--set takes NAME=VALUE"),
        ("saliency", ("--set", "steps=3"), "no option called 'steps'"),
        ("saliency", ("--layer", "conv2d", "--target", "red"), "Give one of them"),
        ("fgsm", ("--layer", "conv2d"), "asks for classes. Leave --layer out"),
        ("robustness", ("--sample", 0), "Leave --sample out"),
        ("style", (), "Name the picture whose style is wanted"),
        ("style", ("--style", "nothing.png"), "'nothing.png' cannot be read"),
        ("style", ("--style", "brick", "--target", "red"), "Leave --target out"),
        ("style", ("--style", "brick", "--content", "cat", "--sample", 1), "Leave --sample out"),
        ("style", ("--style", "brick", "--content", "cat", "--size", 5), "from 16 to 512"),
        ("style", ("--style", "brick", "--size", 50), "a sample has its own"),
        ("style", ("--style", "brick", "--set", "style_layers=no"), "no layer called 'no'"),
        ("fgsm", ("--style", "brick"), "Leave --style out"),
        ("saliency", ("--out", "x.gif"), "Only a sample that grows"),
        ("saliency", ("--out", "x.nns"), "name of a project"),
    ],
)
def test_what_cannot_be_asked_is_refused(pictures, method, words, told, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    capsys.readouterr()
    assert explain(method, pictures, *words) == 2
    assert told in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_a_cancelled_method_leaves_nothing_behind(pictures, tmp_path, monkeypatch, capsys):
    from nnstudio.explain.differentiable import Differentiable

    def cancel(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(Differentiable, "gradients", cancel)
    assert explain("saliency", pictures, "--out", tmp_path / "s.png") == 2
    assert "stopped" in capsys.readouterr().err and not list(tmp_path.iterdir())


def test_help_lists_the_methods_with_their_options(capsys):
    with pytest.raises(SystemExit):
        cli.run(["explain", "--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "grad_cam" in told and "arXiv:1703.01365" in told and "--set steps=64" in told
