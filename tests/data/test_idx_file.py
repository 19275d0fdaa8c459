"""IDX files: pictures with their labels and test part; what is damaged is a sentence."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from nnstudio import cli
from nnstudio.data.dataset import DataError, load, sources
from nnstudio.data.idx_file import _as_idx
from nnstudio.from_data import project_from_data, source_of


def packed(content: bytes) -> bytes:
    """Without the time, which would be in the names of tests."""
    return gzip.compress(content, mtime=0)


@pytest.fixture
def folder(tmp_path):
    for part, count in (("train", 30), ("t10k", 10)):
        labels = np.arange(count, dtype=np.uint8) % 3
        pixels = np.full((count, 8, 8), 51, np.uint8) * labels[:, None, None]
        (tmp_path / f"{part}-images-idx3-ubyte.gz").write_bytes(packed(_as_idx(pixels)))
        (tmp_path / f"{part}-labels-idx1-ubyte").write_bytes(_as_idx(labels))
    return tmp_path


def test_pictures_labels_and_test_part_belong_together(folder):
    data = load("idx", {"path": str(folder / "train-images-idx3-ubyte.gz"), "validation_ratio": 0.2})
    assert data.x_train.shape == (24, 8, 8, 1) and data.x_test.shape == (10, 8, 8, 1)
    assert np.bincount(data.y_validation[:, 0].astype(int)).tolist() == [2, 2, 2]
    assert data.classes == ("0", "1", "2") and "t10k" in data.notes[0]
    assert np.allclose(data.x_train[:, 0, 0, 0], data.y_train[:, 0] * 0.2)
    assert load("idx", {"path": str(folder), "validation_ratio": 0.2}).x_train.shape == data.x_train.shape
    (folder / "t10k-images-idx3-ubyte.gz").unlink()
    parted = load("idx", {"path": str(folder), "test_ratio": 0.2})
    assert len(parted.x_test) == 6 and "No test files" in parted.notes[0]


def test_a_folder_or_file_of_them_is_known_and_predicted(folder, capsys):
    assert source_of(folder) is sources["idx"] is source_of(folder / "train-images-idx3-ubyte.gz")
    proposed = project_from_data(folder, {})
    proposed.project.save(folder / "p.nns")
    assert cli.run(["predict", str(folder / "p.nns"), str(folder / "t10k-images-idx3-ubyte.gz")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 11


@pytest.mark.parametrize(
    "name, content, words",
    [
        ("train-images-idx3-ubyte.gz", b"no archive", "damaged|cannot"),
        ("train-images-idx3-ubyte.gz", packed(b"\0\0\x0d\3" + b"\0" * 40), "no IDX file"),
        ("train-images-idx3-ubyte.gz", packed(b"\0\0\x08\3" + b"\xff" * 12), "declares"),
        (
            "train-images-idx3-ubyte.gz",
            packed(_as_idx(np.zeros((30, 8, 8), np.uint8))[:-5]),
            "holds only",
        ),
        ("train-images-idx3-ubyte.gz", packed(_as_idx(np.zeros((30, 8), np.uint8))), "2 axes"),
        ("train-labels-idx1-ubyte", _as_idx(np.zeros(7, np.uint8)), "7 labels for 30"),
        (
            "t10k-images-idx3-ubyte.gz",
            packed(_as_idx(np.zeros((10, 4, 4), np.uint8))),
            "not of one size",
        ),
    ],
)
def test_damage_is_a_sentence(folder, name, content, words):
    (folder / name).write_bytes(content)
    with pytest.raises(DataError, match=words):
        load("idx", {"path": str(folder / "train-images-idx3-ubyte.gz")})


def test_pictures_without_labels_are_refused(folder):
    (folder / "train-labels-idx1-ubyte").unlink()
    with pytest.raises(DataError, match="No labels lie beside"):
        load("idx", {"path": str(folder)})
