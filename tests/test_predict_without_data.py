"""A project whose data does not travel along predicts as it was saved, and says what training needs."""

from __future__ import annotations

import json
import os
import shutil
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest
from moved_data import by_reference, saved_table
from PIL import Image

from nnstudio import cli
from nnstudio.data.dataset import DataError, sources
from nnstudio.data.without_samples import plain, without_samples
from nnstudio.exit_codes import ExitCode
from nnstudio.from_data import project_from_data
from nnstudio.project import Project

STAYS = [s for s in sources if s.picks and not s.embeds]
BY_ID = {"argnames": "source", "argvalues": STAYS, "ids": lambda s: s.id}


@pytest.fixture(autouse=True)
def settings_of_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))


def saved(source, folder, **options) -> tuple[Project, Path]:
    """A project on the example of a source, as if it had been trained, and the file that holds it."""
    if source.package:
        pytest.importorskip(source.package)
    example = folder / "example"
    example.mkdir()
    given = source.example(example)
    path = Path(given.pop("path"))
    project = project_from_data(path, {**given, **options}, kind=source.id).project
    project.state = project.session().state()
    project.save(folder / "p.nns")
    return project, folder / "p.nns"


@pytest.mark.parametrize(**BY_ID)
def test_it_predicts_the_same_when_its_data_is_gone(source, tmp_path):
    project, path = saved(source, tmp_path)
    data = project.load_data()
    expected = project.session().predict(data.x_train)
    shutil.rmtree(tmp_path / "example")
    opened = Project.open(path)
    predictor = opened.predictor()
    assert np.array_equal(predictor.predict(data.x_train), expected)
    assert predictor.data.classes == data.classes and predictor.data.targets == data.targets
    for name in ("x_shift", "x_scale", "y_shift", "y_scale"):
        assert np.array_equal(getattr(predictor.data, name), getattr(data, name))
    assert predictor.data.pictures == data.pictures
    # All that is told of the data arrives, such as the parts that it came with.
    assert plain(predictor.data) == plain(data)
    with pytest.raises(DataError) as error:
        opened.session()
    told = str(error.value)
    assert "nor is it any longer where it was" in told and "example" in told and "Choose the" in told
    assert "Predicting and exporting go on without it." in told


@pytest.mark.parametrize(**BY_ID)
def test_saved_again_without_its_data_it_still_predicts(source, tmp_path):
    _project, path = saved(source, tmp_path)
    shutil.rmtree(tmp_path / "example")
    Project.open(path).save(tmp_path / "again.nns")
    assert plain(Project.open(tmp_path / "again.nns").predictor().data) == plain(
        Project.open(path).predictor().data
    )


def test_pictures_are_prepared_as_in_training(tmp_path, capsys):
    source = sources["image_folder"]
    options = {"fit": "pad", "normalise": "standardise", "colour": False}
    _project, path = saved(source, tmp_path, **options)
    new = tmp_path / "new.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (5, 11, 3), np.uint8)).save(new)
    told = []
    for _ in range(2):
        assert cli.run(["predict", str(path), str(new)]) == 0
        told.append(capsys.readouterr())
        shutil.rmtree(tmp_path / "example", ignore_errors=True)
    assert told[0] == told[1] and "padded with black" in told[0].err


def test_other_data_that_a_person_names_is_read(tmp_path):
    _project, path = saved(sources["image_folder"], tmp_path)
    opened = Project.open(path)
    opened.link_data(tmp_path / "gone")
    with pytest.raises(DataError):
        opened.predictor()


def test_other_options_need_the_data(tmp_path):
    _project, path = saved(sources["image_folder"], tmp_path)
    shutil.rmtree(tmp_path / "example")
    opened = Project.open(path)
    opened.set_data_option("size=8")
    with pytest.raises(DataError, match=r"Choose the folder under Data, .* with --data\.$"):
        opened.predictor()
    opened.save(tmp_path / "again.nns")
    assert "facts" not in content_of(tmp_path / "again.nns")["data"]


def test_a_table_that_travels_along_needs_nothing_besides(tmp_path):
    (tmp_path / "example").mkdir()
    source = sources["csv"]
    project = project_from_data(Path(source.example(tmp_path)["path"]), {}, kind="csv").project
    project.save(tmp_path / "p.nns")
    assert "facts" not in content_of(tmp_path / "p.nns")["data"]


def content_of(path):
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("project.json"))


@pytest.mark.skipif(sys.platform != "linux", reason="other systems take names in Unicode only")
def test_a_folder_whose_name_is_no_text_does_not_spoil_the_project(tmp_path):
    example = tmp_path / "example"
    example.mkdir()
    given = sources["image_folder"].example(example)
    os.rename(example / "dark", os.fsencode(example) + b"/d\xffrk")
    project = project_from_data(example, {"size": given["size"]}, kind="image_folder").project
    project.state = project.session().state()
    project.save(tmp_path / "p.nns")
    shutil.rmtree(example)
    opened = Project.open(tmp_path / "p.nns")
    assert set(opened.predictor().data.classes) == {"d?rk", "light"}


@pytest.mark.parametrize("change", [
    {"input_shape": [2**40, 2**40]},
    {"x_scale": 0.0},
    {"x_scale": [1.0, 2.0]},
    {"x_shift": "nothing"},
    {"x_shift": [[1.0], 2.0]},
    {"y_shift": float("nan")},
    {"pictures": {"fit": "fold", "mean": [0.0], "deviation": [1.0]}},
    {"pictures": {"fit": "pad", "mean": [0.0], "deviation": [0.0]}},
])  # fmt: skip
def test_damaged_facts_are_a_sentence(tmp_path, change):
    project, _path = saved(sources["image_folder"], tmp_path)
    facts = plain(project.load_data())
    assert without_samples(facts)
    with pytest.raises(DataError, match="of its data is damaged"):
        without_samples({**facts, **change})


def test_standardised_pictures_export_in_the_unit_of_their_files(tmp_path, capsys):
    _project, path = saved(sources["image_folder"], tmp_path, normalise="standardise")
    assert cli.run(["export", str(path), str(tmp_path / "w.npz")]) == 0
    assert "differ" in capsys.readouterr().out


def test_a_table_too_large_to_travel_predicts_when_it_moved(tmp_path, monkeypatch, capsys):
    by_reference(monkeypatch)
    project = saved_table(tmp_path)
    assert project.content()[2].table is None
    (tmp_path / "table.csv").rename(tmp_path / "new.csv")
    rows = (tmp_path / "new.csv").read_text().splitlines()
    odd = "150,green,mid,2030-05-05,,3,town 99,no"
    (tmp_path / "new.csv").write_text("\n".join([*rows[:9], odd, odd.replace(",,", ",2000,"), ""]))
    told = []
    for name in ("gone.csv", "table.csv"):
        # As it was saved, then with the table where it was.
        if name == "table.csv":
            (tmp_path / name).write_text("\n".join([*rows, ""]), encoding="utf-8")
        assert cli.run(["predict", str(tmp_path / "p.nns"), str(tmp_path / "new.csv")]) == ExitCode.INCOMPLETE
        told.append(capsys.readouterr())
    assert told[0] == told[1]
    for part in ("'income' is", "green", "town 99", "'size' is outside", "1 of 10 rows", "(2001-01-01 to "):
        assert part in told[0].err, part


def test_a_large_table_that_moved_says_what_training_needs(tmp_path, monkeypatch, capsys):
    by_reference(monkeypatch)
    saved_table(tmp_path)
    (tmp_path / "table.csv").rename(tmp_path / "new.csv")
    assert cli.run(["train", str(tmp_path / "p.nns"), "--epochs", "1"]) == 2
    told = capsys.readouterr().err
    assert "'table.csv', which is not inside it" in told and "--data" in told and "go on without" in told
    assert (
        cli.run(["train", str(tmp_path / "p.nns"), "--epochs", "1", "--data", str(tmp_path / "new.csv")]) == 0
    )
