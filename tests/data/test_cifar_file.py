"""CIFAR-10's binary files: colours in their order, chosen classes, damage as a sentence."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.data.cifar_file import RECORD
from nnstudio.data.dataset import DataError, load, sources
from nnstudio.from_data import source_of


@pytest.fixture
def folder(tmp_path):
    for name, count in (("data_batch_1.bin", 30), ("data_batch_2.bin", 10), ("test_batch.bin", 9)):
        records = np.zeros((count, RECORD), np.uint8)
        records[:, 0] = np.arange(count) % 3
        records[:, 1:1025], records[:, 2049:] = 255, 51
        (tmp_path / name).write_bytes(records.tobytes())
    (tmp_path / "batches.meta.txt").write_text("cat\ndog\nship\n")
    return tmp_path


def test_pictures_have_their_colours_and_classes(folder):
    without = {"path": str(folder), "validation_ratio": 0.0}
    data = load("cifar", without)
    assert data.x_train.shape == (40, 32, 32, 3) and len(data.x_test) == 9
    assert data.classes == ("cat", "dog", "ship") and data.x_train[5, 9, 7].tolist() == [
        1,
        0,
        np.float32(0.2),
    ]
    two = load("cifar", {**without, "classes": "ship, cat"})
    assert two.classes == ("cat", "ship") and len(two.x_train) == 27 and set(two.y_train[:, 0]) == {0, 1}
    assert source_of(folder) is sources["cifar"]
    parts = load("cifar", {"path": str(folder), "validation_ratio": 0.25})
    assert (len(parts.x_train), len(parts.x_validation), len(parts.x_test)) == (30, 10, 9)
    (folder / "test_batch.bin").unlink()
    assert "no test_batch.bin" in load("cifar", {"path": str(folder)}).notes[0]


@pytest.mark.parametrize(
    "change, words",
    [
        (lambda f: (f / "data_batch_1.bin").write_bytes(b"short"), "damaged: 5 bytes"),
        (lambda f: (f / "batches.meta.txt").write_text("cat\ndog\n"), "holds class 2"),
        (lambda f: [(f / f"data_batch_{i}.bin").unlink() for i in (1, 2)], "holds no file"),
    ],
)
def test_damage_is_a_sentence(folder, change, words):
    change(folder)
    with pytest.raises(DataError, match=words):
        load("cifar", {"path": str(folder)})


def test_classes_that_are_not_there_are_refused(folder):
    with pytest.raises(DataError, match="no class 'cow'"):
        load("cifar", {"path": str(folder), "classes": "cat, cow"})
    with pytest.raises(DataError, match="at least two"):
        load("cifar", {"path": str(folder), "classes": "cat"})
