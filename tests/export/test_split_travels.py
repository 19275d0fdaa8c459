"""How samples were divided, the official split of a set above all: told by exports, kept by projects."""

from __future__ import annotations

import json

import numpy as np
import pytest
from kernels.networks import chain

from nnstudio.data.dataset import Split, load
from nnstudio.export.exporting import export
from nnstudio.export.format import formats
from nnstudio.model.document import DataReference
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import Project, open_example
from nnstudio.training.session import Session

CHOSEN = {"validation_ratio": 0.1, "seed": 4}


def told_by(trained, path) -> dict:
    """What an exported file says of the parts."""
    assert export(trained, path).holds
    _, texts = formats["npz"].read(path)
    return json.loads(texts["preprocessing"])["split"]


def test_the_official_test_part_is_told_and_is_the_same_after_a_project(tmp_path):
    project = open_example("mnist-dense")
    assert project.document.data.kind == "mnist"
    project.document.data = DataReference("mnist", {**project.document.data.options, **CHOSEN})
    project.save(tmp_path / "digits.nns")
    opened = Project.open(tmp_path / "digits.nns")
    ours, theirs = project.session(), opened.session()
    split = told_by(theirs, tmp_path / "w.npz")
    assert split == told_by(ours, tmp_path / "v.npz")
    assert split["samples"] == {"training": 5400, "validation": 600, "test": 1000}
    assert split["own_parts"] == ["test"]
    assert split["settings"] == {"source": "mnist", "fold": "", "examples": "", **CHOSEN}
    for part in Split:
        for before, after in zip(ours.data.part(part), theirs.data.part(part), strict=True):
            assert np.array_equal(before, after)


def test_the_settings_that_are_told_divide_the_samples_the_same_way(tmp_path):
    data = load("iris", {"test_ratio": 0.2, "fold": "2 of 3", "seed": 7})
    settings = TrainingSettings(loss="softmax_cross_entropy")
    split = told_by(Session(chain(("dense", {"units": 3})), data, settings), tmp_path / "w.npz")
    assert split["own_parts"] == []
    source = split["settings"].pop("source")
    again = load(source, split["settings"])
    assert split["samples"] == {str(part): len(again.part(part)[0]) for part in Split}
    for part in Split:
        assert np.array_equal(data.part(part)[0], again.part(part)[0])


def test_the_settings_name_no_folder_of_this_machine(tmp_path):
    path = tmp_path / "points.csv"
    path.write_text("a,b\n" + "".join(f"{i},{i * i}\n" for i in range(20)))
    told = load("csv", {"path": str(path)}).preprocessing()["split"]
    assert "path" not in told["settings"] and str(tmp_path) not in json.dumps(told)


@pytest.mark.parametrize("has_tests", [True, False])
def test_a_test_part_that_lies_in_files_is_told_as_such(tmp_path, has_tests):
    arrays = {"x_train": np.arange(60.0).reshape(20, 3), "y_train": np.arange(20) % 2}
    if has_tests:
        arrays |= {"x_test": np.ones((4, 3)), "y_test": np.arange(4) % 2}
    np.savez(tmp_path / "some.npz", **arrays)
    data = load("npz", {"path": str(tmp_path / "some.npz")})
    assert data.own_parts == ((Split.TEST,) if has_tests else ())
