"""Fit and normalisation of pictures, in training and in prediction alike."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from nnstudio.data.dataset import load
from nnstudio.data.pictures import Preparation, Trait, read_picture, read_pictures
from nnstudio.predict_command import _pictures

ALL = {"test_ratio": 0.0, "validation_ratio": 0.0}


def two_classes(folder, count=3, dtype=np.uint8, seed=0):
    rng = np.random.default_rng(seed)
    for name in ("a", "b"):
        (folder / name).mkdir(parents=True)
        for i in range(count):
            shape = (9, 14 + i) if dtype == np.uint16 else (9, 14 + i, 3)
            pixels = rng.integers(0, np.iinfo(dtype).max, shape).astype(dtype)
            Image.fromarray(pixels).save(folder / name / f"{i}.png")
    return folder


@pytest.mark.parametrize("fit, row", [
    ("crop", [0, 0, 200, 200, 0, 0]),
    ("pad", [0, 0, 0, 0, 0, 0]),
    ("stretch", [0, 0, 200, 200, 0, 0]),
])  # fmt: skip
def test_fits(tmp_path, fit, row):
    bands = np.zeros((12, 24), np.uint8)
    bands[:, 8:16] = 200
    path = tmp_path / "wide.png"
    Image.fromarray(bands).save(path)
    picture = read_picture(path, (6, 6, 1), fit)
    assert picture is not None
    first, middle = picture.pixels[0, :, 0], picture.pixels[3, :, 0]
    assert np.allclose(first, row, atol=30) if fit != "crop" else first[1:5].min() > 150
    assert middle[2:4].min() > 150 and (middle[:2].max() < 40 or fit == "crop")
    expected = {"crop": Trait.CUT, "pad": Trait.PADDED, "stretch": Trait.STRETCHED}[fit]
    assert picture.traits == {expected}


def test_what_is_done_to_pictures_is_said(tmp_path):
    two_classes(tmp_path)
    for fit, word in (("crop", "cut"), ("pad", "padded with black"), ("stretch", "stretched")):
        notes = load("image_folder", {"path": str(tmp_path), "size": 6, "fit": fit}).notes
        assert any(word in note and note.startswith("6 ×") for note in notes)


@pytest.mark.parametrize("colour", [True, False])
def test_standardised_by_channels_of_the_training_part(tmp_path, colour):
    path = two_classes(tmp_path, 8)
    given = {"path": str(path), "size": 6, "colour": colour, "seed": 2}
    plain = load("image_folder", given)
    data = load("image_folder", {**given, "normalise": "standardise"})
    np.testing.assert_allclose(data.x_train.mean((0, 1, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(data.x_train.std((0, 1, 2)), 1, atol=1e-5)
    assert data.x_shift.shape == data.x_scale.shape == (3 if colour else 1,)
    for ours, original in ((data.x_train, plain.x_train), (data.x_test, plain.x_test)):
        np.testing.assert_allclose(ours * data.x_scale + data.x_shift, original * 255, atol=1e-3)
        np.testing.assert_allclose(data.pictures.shares_of_white(ours), original, atol=1e-6)


def test_a_constant_channel_is_not_blown_up(tmp_path):
    for name, shade in (("a", 10), ("b", 200)):
        (tmp_path / name).mkdir()
        for i in range(2):
            pixels = np.zeros((4, 4, 3), np.uint8)
            pixels[..., 0], pixels[..., 1] = shade + i, 77
            Image.fromarray(pixels).save(tmp_path / name / f"{i}.png")
    data = load("image_folder", {"path": str(tmp_path), "size": 4, "normalise": "standardise", **ALL})
    assert np.abs(data.x_train[..., 1:]).max() < 1e-6 and data.pictures.deviation[1:] == (1.0, 1.0)


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("fit", ["crop", "pad", "stretch"])
@pytest.mark.parametrize("normalise", ["0 to 1", "standardise"])
@pytest.mark.parametrize("colour", [True, False])
def test_prediction_gets_what_training_got(tmp_path, dtype, fit, normalise, colour):
    path = two_classes(tmp_path, 3, dtype)
    given = {"size": 6, "fit": fit, "normalise": normalise, "colour": colour, **ALL}
    data = load("image_folder", {"path": str(path), **given})
    samples = _pictures(path, data)
    order = np.lexsort(data.x_train.reshape(6, -1).T)
    again = np.lexsort(samples.x.reshape(6, -1).T)
    assert np.array_equal(data.x_train[order], samples.x[again])
    one = _pictures(path / samples.names[2], data)
    assert np.array_equal(one.x[0], samples.x[2])


def test_both_depths_lie_in_one_array_without_loss(tmp_path):
    shades = {"0.png": np.uint8(40), "1.png": np.uint16(40_001), "2.png": np.uint8(7)}
    for name, shade in shades.items():
        Image.fromarray(np.full((4, 4), shade)).save(tmp_path / name)
    paths = [tmp_path / name for name in shades]
    read = read_pictures(paths, (4, 4, 1), "crop")
    assert read.pixels[:, 0, 0, 0].tolist() == [40 * 257, 40_001, 7 * 257]
    shallow = read_pictures(paths[:1], (4, 4, 1), "crop")
    assert shallow.pixels.dtype == np.uint8
    prepared = [Preparation().inputs(pixels)[0] for pixels in (read.pixels, shallow.pixels)]
    assert np.array_equal(*prepared)


def test_pictures_stay_in_order_around_one_that_cannot_be_read(tmp_path):
    paths = [tmp_path / f"{i}.png" for i in range(15)]
    for i, path in enumerate(paths):
        if i != 7:
            Image.fromarray(np.full((3, 3), 10 * i, np.uint8)).save(path)
    read = read_pictures(paths, (3, 3, 1), "crop")
    assert read.pixels[:, 0, 0, 0].tolist() == [0 if i == 7 else 10 * i for i in range(15)]
    assert np.flatnonzero(~read.readable).tolist() == [7]


def test_standardised_pictures_are_shown_and_drawn_from_black_to_white(tmp_path):
    given = {"path": str(two_classes(tmp_path)), "size": 6, **ALL}
    plain = load("image_folder", given).x_train
    data = load("image_folder", {**given, "normalise": "standardise"})
    np.testing.assert_allclose(data.shares_of_white(data.x_train), plain, atol=1e-6)
    assert np.array_equal(data.pictures.of_shares(plain.copy()), data.x_train)
