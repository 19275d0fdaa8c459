"""Folders of pictures: what is read, how it is cut, and what is said of what cannot be used."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from nnstudio.data.dataset import DataError, load


def save(folder, name: str, array) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    Image.fromarray(np.asarray(array, np.uint8)).save(folder / name)


def plain(colour, size=(10, 10)):
    return np.full((*size, 3), colour)


@pytest.fixture
def folder(tmp_path):
    """Six red and four blue pictures of several sizes and kinds; one in a folder further down."""
    path = tmp_path / "colours"
    for i in range(5):
        save(path / "red", f"{i}.png", plain((255, 0, 0), (8 + i, 20)))
    save(path / "red" / "more", "deep.bmp", plain((255, 0, 0)))
    for i in range(4):
        save(path / "blue", f"{i}.PNG", plain((0, 0, 255), (20, 8 + i)))
    return path


def test_each_folder_is_a_class(folder):
    data = load("image_folder", {"path": str(folder), "size": 6, "test_ratio": 0.3, "validation_ratio": 0.0})
    assert data.classes == ("blue", "red") and data.name == "colours"
    assert data.x_train.shape == (7, 6, 6, 3) and data.x_test.shape == (3, 6, 6, 3)
    assert data.x_train.dtype == np.float32
    pictures = {0: [0, 0, 1], 1: [1, 0, 0]}
    for x, label in zip(data.x_train, data.y_train[:, 0], strict=True):
        assert (x == pictures[int(label)]).all()
    assert data.notes == ("4 × blue, 6 × red.", "9 × of another shape, cut from the middle.")


def test_grey_and_cut_square_from_the_middle(tmp_path):
    bands = np.zeros((10, 30), np.uint8)
    bands[:, 10:20] = 200
    for name in ("a", "b"):
        save(tmp_path / name, "wide.png", bands)
    data = load(
        "image_folder",
        {"path": str(tmp_path), "size": 10, "colour": False, "test_ratio": 0.0, "validation_ratio": 0.0},
    )
    assert data.x_train.shape == (2, 10, 10, 1)
    np.testing.assert_allclose(data.x_train, 200 / 255, atol=1e-6)


def test_a_turned_photograph_stands_upright(tmp_path):
    half = np.zeros((16, 16, 3), np.uint8)
    half[:8] = 255
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        picture = Image.fromarray(half)
        exif = picture.getexif()
        exif[0x0112] = 3
        picture.save(tmp_path / name / "p.jpg", exif=exif, quality=95)
    data = load(
        "image_folder", {"path": str(tmp_path), "size": 16, "test_ratio": 0.0, "validation_ratio": 0.0}
    )
    assert data.x_train[0, :6].max() < 0.1 and data.x_train[0, 10:].min() > 0.9


def test_what_cannot_be_read_is_left_out_and_named(folder):
    (folder / "red" / "broken.png").write_bytes(b"no picture")
    (folder / "red" / "notes.txt").write_text("not looked at")
    data = load("image_folder", {"path": str(folder)})
    assert "4 × blue, 6 × red." in data.notes and data.notes[-1] == (
        "1 left out because they cannot be read: 'broken.png'."
    )


def test_sentences(tmp_path, folder):
    with pytest.raises(DataError, match="No folder is chosen"):
        load("image_folder", {})
    with pytest.raises(DataError, match="cannot be read"):
        load("image_folder", {"path": str(tmp_path / "none")})
    with pytest.raises(DataError, match="'red' has 1 folder with pictures in it; it takes two or more"):
        load("image_folder", {"path": str(folder / "red")})
    for name in ("blue", "red"):
        for file in (folder / name).rglob("*.*"):
            file.write_bytes(b"")
    with pytest.raises(DataError, match="Fewer than two pictures"):
        load("image_folder", {"path": str(folder)})
