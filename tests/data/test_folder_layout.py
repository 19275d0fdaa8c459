"""Folders as people have them: with parts of their own, wrapped, with pictures beside the classes."""

from __future__ import annotations

import zipfile

import numpy as np
import pytest
from PIL import Image

from nnstudio.data.dataset import DataError, Split, load
from nnstudio.model.document import DataReference
from nnstudio.model.projectfile import FORMAT
from nnstudio.project import Project


def fill(folder, count, shade=100):
    """Pictures of one shade and slightly more, each of another."""
    folder.mkdir(parents=True, exist_ok=True)
    for i in range(count):
        Image.fromarray(np.full((5, 5, 3), shade + i, np.uint8)).save(folder / f"{i}.png")


def shades(x):
    return sorted(np.rint(x[:, 0, 0, 0] * 255).astype(int).tolist())


@pytest.mark.parametrize("names", [("train", "val", "test"), ("Training", "dev", "TEST")])
def test_parts_are_kept_as_they_are(tmp_path, names):
    for name, count, shade in zip(names, (4, 2, 3), (10, 50, 90), strict=True):
        fill(tmp_path / name / "cats", count, shade)
        fill(tmp_path / name / "dogs", 1, shade + 20)
    data = load("image_folder", {"path": str(tmp_path), "size": 4, "test_ratio": 0.9, "seed": 7})
    assert data.classes == ("cats", "dogs")
    assert shades(data.x_train) == [10, 11, 12, 13, 30]
    assert shades(data.x_validation) == [50, 51, 70] and shades(data.x_test) == [90, 91, 92, 110]
    assert data.y_train[:, 0].tolist() == [0, 0, 0, 0, 1]
    (told,) = (note for note in data.notes if "own parts" in note)
    assert f"'{names[1]}' for validation" in told
    assert "Ratios and seed of a split do not count." in data.notes


def test_what_is_for_validation_comes_out_of_the_folder_for_training_where_there_is_no_other(tmp_path):
    for part, count, shade in (("train", 10, 10), ("test", 3, 90)):
        fill(tmp_path / part / "cats", count, shade)
        fill(tmp_path / part / "dogs", count, shade + 20)
    options = {"path": str(tmp_path), "size": 4, "validation_ratio": 0.2}
    data = load("image_folder", options)
    assert shades(data.x_test) == [90, 91, 92, 110, 111, 112]
    assert np.bincount(data.y_validation[:, 0].astype(int)).tolist() == [2, 2]
    assert sorted(shades(data.x_train) + shades(data.x_validation)) == [*range(10, 20), *range(30, 40)]
    assert "No folder is for validation: 20% of that for training are." in data.notes
    assert data.own_parts == (Split.TEST,)
    for other in ({"hold_back": False}, {"validation_ratio": 0.0}):
        data = load("image_folder", {**options, **other})
        assert len(data.x_train) == 20 and len(data.x_validation) == 0


def test_folds_are_of_all_but_the_test_part(tmp_path):
    for part, count, shade in (("train", 6, 10), ("val", 2, 50), ("test", 3, 90)):
        fill(tmp_path / part / "cats", count, shade)
        fill(tmp_path / part / "dogs", count, shade + 20)
    seen = []
    for fold in range(1, 5):
        data = load("image_folder", {"path": str(tmp_path), "size": 4, "fold": f"{fold} of 4"})
        assert shades(data.x_test) == [90, 91, 92, 110, 111, 112]
        assert np.bincount(data.y_validation[:, 0].astype(int)).tolist() == [2, 2]
        assert len(data.x_train) == 12 and any("taken together" in note for note in data.notes)
        seen += shades(data.x_validation)
    assert sorted(seen) == sorted([*range(10, 16), *range(30, 36), 50, 51, 70, 71])


def test_classes_are_the_union_and_lacking_ones_are_said(tmp_path):
    for name in ("cats", "dogs"):
        fill(tmp_path / "train" / name, 2)
    fill(tmp_path / "valid" / "cats", 2)
    fill(tmp_path / "valid" / "emus", 1)
    data = load("image_folder", {"path": str(tmp_path), "size": 4})
    assert data.classes == ("cats", "dogs", "emus") and len(data.x_test) == 0
    assert "There are no pictures for training of 'emus', which cannot be learned so." in data.notes
    assert "There are no pictures for validation of 'dogs'." in data.notes


def test_what_lies_beside_is_counted_and_said(tmp_path):
    fill(tmp_path, 2)
    for name in ("cats", "dogs"):
        fill(tmp_path / "train" / name, 2)
    fill(tmp_path / "test", 5)
    fill(tmp_path / "drafts", 1)
    fill(tmp_path / "test" / "cats", 1)
    notes = " ".join(load("image_folder", {"path": str(tmp_path), "size": 4}).notes)
    assert "5 pictures lie beside the folders in 'test', in no class, and are left out: '0.png'" in notes
    assert f"2 pictures lie beside the folders in '{tmp_path.name}'" in notes
    assert "left out: the folders 'drafts'." in notes


def test_a_folder_around_the_classes_is_stepped_into_and_said(tmp_path):
    for name in ("cats", "dogs"):
        fill(tmp_path / "outer" / "data" / name, 2)
    fill(tmp_path, 1)
    data = load("image_folder", {"path": str(tmp_path), "size": 4})
    assert data.classes == ("cats", "dogs") and data.name == tmp_path.name
    assert any("The classes are the folders in" in note and "data'." in note for note in data.notes)
    assert any(note.startswith("1 picture lies beside") for note in data.notes)


def test_what_systems_leave_in_folders_is_no_picture(tmp_path):
    for name in ("cats", "dogs", "__MACOSX/cats", ".hidden"):
        fill(tmp_path / name, 2)
    (tmp_path / "cats" / "._0.png").write_bytes(b"fork")
    (tmp_path / "cats" / "Thumbs.db").write_bytes(b"db")
    data = load("image_folder", {"path": str(tmp_path), "size": 4})
    assert data.classes == ("cats", "dogs") and data.notes == ("2 × cats, 2 × dogs.",)


def test_parts_without_classes_are_refused_unless_they_are_classes(tmp_path):
    for name in ("train", "test"):
        fill(tmp_path / name, 4)
    with pytest.raises(DataError, match="does not hold a folder for each class"):
        load("image_folder", {"path": str(tmp_path)})
    assert load("image_folder", {"path": str(tmp_path), "parts": False}).classes == ("test", "train")


def test_a_part_that_cannot_be_read_is_said(tmp_path):
    for name in ("cats", "dogs"):
        fill(tmp_path / "train" / name, 2)
    fill(tmp_path / "test" / "cats", 1)
    (tmp_path / "test" / "cats" / "0.png").write_bytes(b"")
    with pytest.raises(DataError, match="None of the pictures for test"):
        load("image_folder", {"path": str(tmp_path)})


def test_each_class_is_in_every_part(tmp_path):
    fill(tmp_path / "many", 40)
    fill(tmp_path / "few", 5)
    for seed in range(5):
        data = load("image_folder", {"path": str(tmp_path), "size": 4, "seed": seed, "test_ratio": 0.2})
        assert [int((y == 0).sum()) for y in (data.y_train, data.y_validation, data.y_test)] == [3, 1, 1]


def test_older_projects_keep_their_split(tmp_path):
    for name in ("train", "test"):
        for label in ("a", "b"):
            fill(tmp_path / "set" / name / label, 5)
    project = Project()
    project.document.data = DataReference("image_folder", {"path": str(tmp_path / "set"), "seed": 3})
    project.save(tmp_path / "new.nns")
    with (
        zipfile.ZipFile(tmp_path / "new.nns") as new,
        zipfile.ZipFile(tmp_path / "old.nns", "w") as old,
    ):
        for name in new.namelist():
            old.writestr(name, new.read(name).replace(f'"format": {FORMAT}'.encode(), b'"format": 5'))
    opened = Project.open(tmp_path / "old.nns")
    opened.link_data(tmp_path / "set")
    data = opened.load_data()
    order = np.random.default_rng(3).permutation(20)
    labels = np.repeat([0, 1], 10)
    assert data.classes == ("test", "train") and len(data.x_validation) == 0
    assert data.y_test[:, 0].tolist() == labels[order[:4]].tolist()
    assert data.y_train[:, 0].tolist() == labels[order[4:]].tolist()
    assert Project.open(tmp_path / "new.nns").document.data.options.get("parts", True)
