"""Pictures of every depth and mode: each by its own range, transparent ones on white, and that is told."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from nnstudio.data.dataset import load
from nnstudio.data.pictures import WHITE, Trait, read_picture

HALF = (100, 150, 200)


def saved(folder, picture, name="p.png"):
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path)
    return path


def read(path, channels=3):
    picture = read_picture(path, (4, 4, channels))
    return picture.traits, picture.pixels


@pytest.mark.parametrize("mode, value, wanted", [
    ("RGB", HALF, HALF),
    ("L", 100, (100, 100, 100)),
    ("1", 1, (255, 255, 255)),
    ("P", 0, (0, 0, 0)),
    ("RGBA", (*HALF, 255), HALF),
    ("CMYK", (0, 0, 0, 0), (255, 255, 255)),
])  # fmt: skip
def test_eight_bits_are_exact(tmp_path, mode, value, wanted):
    suffix = "p.tif" if mode == "CMYK" else "p.png"
    _traits, pixels = read(saved(tmp_path, Image.new(mode, (6, 6), value), suffix))
    assert pixels.dtype == np.uint8 and (pixels == np.array(wanted)).all()


@pytest.mark.parametrize("channels", [1, 3])
def test_sixteen_bits_are_not_all_white(tmp_path, channels):
    path = saved(tmp_path, Image.fromarray(np.full((5, 5), 40_000, np.uint16)))
    traits, pixels = read(path, channels)
    assert traits == {Trait.DEEP} and (pixels == 40_000).all()


def test_real_numbers(tmp_path):
    share = saved(tmp_path, Image.fromarray(np.full((4, 4), 0.25, np.float32)), "share.tif")
    assert (read(share)[1] == round(0.25 * WHITE)).all()
    ramp = np.linspace(-3, 5, 16, dtype=np.float32).reshape(4, 4)
    traits, pixels = read(saved(tmp_path, Image.fromarray(ramp), "ramp.tif"))
    assert traits == {Trait.FLOAT} and pixels.min() == 0 and pixels.max() == WHITE


@pytest.mark.parametrize("mode, value", [("RGBA", (0, 0, 0, 0)), ("LA", (0, 0))])
def test_what_is_transparent_lies_on_white(tmp_path, mode, value):
    traits, pixels = read(saved(tmp_path, Image.new(mode, (4, 4), value)))
    assert traits == {Trait.TRANSPARENT} and (pixels == 255).all()


def test_a_transparent_colour_of_a_palette_lies_on_white(tmp_path):
    picture = Image.new("P", (4, 4), 0)
    picture.putpalette([10, 20, 30])
    path = tmp_path / "p.png"
    picture.save(path, transparency=0)
    assert (read(path)[1] == 255).all()


def folder_of(tmp_path, shades):
    for name, values in shades.items():
        for i, value in enumerate(values):
            saved(tmp_path, Image.fromarray(np.full((5, 5), value, np.uint16)), f"{name}/{i}.png")
    return {"path": str(tmp_path), "size": 4, "test_ratio": 0.0, "validation_ratio": 0.0}


def test_a_folder_of_deep_pictures_says_so_and_keeps_its_unit(tmp_path):
    data = load("image_folder", folder_of(tmp_path, {"bright": [40_000] * 3, "dark": [12_000] * 3}))
    assert sorted(set(data.x_train.ravel())) == [np.float32(12_000 / WHITE), np.float32(40_000 / WHITE)]
    assert data.x_scale == WHITE and "6 × with 16 bits per value, of 65,535." in data.notes


def test_pictures_that_are_all_the_same_are_noticed(tmp_path):
    data = load("image_folder", folder_of(tmp_path, {"a": [9, 9], "b": [9, 9]}))
    assert any("are the same" in note for note in data.notes)
