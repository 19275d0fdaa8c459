"""Pictures and sounds that are like none in training are told of, with the data and without it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from nnstudio.data.dataset import Dataset, load, sources
from nnstudio.data.files_seen import FilesSeen
from nnstudio.data.pictures import Fit, read_pictures
from nnstudio.data.without_samples import plain, without_samples
from nnstudio.model.document import DataReference
from nnstudio.predict_command import new_samples

PROPERTIES = {
    "width": np.array([20.0, 30.0, 25.0, 90.0]),
    "colours": np.array(["grey", "grey", "in colour", "grey"], object),
}


def both(data: Dataset, folder: Path) -> tuple[Dataset, Dataset]:
    """The data, and what a project holds of it when its files are gone."""
    kept = without_samples(json.loads(json.dumps(plain(data))))
    shutil.rmtree(folder)
    return data, kept


def told(data: Dataset, kind: str, path: Path, **options: object) -> tuple[str, ...]:
    return new_samples(data, path, DataReference(kind, {"path": "", **options})).notes


def test_only_what_is_like_none_is_told():
    seen = FilesSeen.of(PROPERTIES, np.array([0, 1]))
    assert seen is not None and FilesSeen.of_plain(json.loads(json.dumps(seen.plain()))) == seen
    assert seen.told_of("ab", {name: values[:2] for name, values in PROPERTIES.items()}, "pictures") == ()
    assert seen.told_of("abcd", PROPERTIES, "pictures") == (
        "The width of 1 of 4 pictures is outside of what the network was trained on (20 to 30 pixels), "
        "such as 'd' with 90 pixels.",
        "1 of 4 pictures is in colour, which none in training was (grey), such as 'c'.",
    )
    assert seen.told_of("a", {"seconds": np.ones(1)}, "sounds") == ()
    assert FilesSeen.of(PROPERTIES, np.zeros(0, int)) is None


def test_pictures_of_another_size_colour_depth_and_brightness(tmp_path):
    example = tmp_path / "example"
    example.mkdir()
    options = sources["image_folder"].example(example)
    for data in both(load("image_folder", options), example):
        new = tmp_path / "new"
        new.mkdir(exist_ok=True)
        Image.fromarray(np.full((40, 30), 90, np.uint8)).save(new / "grey.png")
        Image.fromarray(np.full((8, 7, 3), 255, np.uint8)).save(new / "white.png")
        Image.fromarray(np.full((8, 7), 40000, np.uint16)).save(new / "deep.png")
        notes = " ".join(told(data, "image_folder", new, size=4))
        for part in (
            "height of 1 of 3 pictures is outside", "width of 1 of 3 pictures is outside",
            "2 of 3 pictures are grey, which none in training was (in colour)",
            "1 of 3 pictures is of 16 bits per value", "'deep.png'",
            "mean brightness of 1 of 3", "'white.png' with 100% of white",
        ):  # fmt: skip
            assert part in notes, part


def test_a_picture_on_its_side_has_the_size_that_it_is_seen_in(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.zeros((10, 30, 3), np.uint8)).save(tmp_path / "a.jpg", exif=exif)
    read = read_pictures([tmp_path / "a.jpg"], (4, 4, 3), Fit.CROP)
    assert (read.properties["width"][0], read.properties["height"][0]) == (10, 30)


def test_inverted_digits_are_told_of_a_network_that_learned_from_arrays(tmp_path):
    example = tmp_path / "example"
    example.mkdir()
    for data in both(load("idx", sources["idx"].example(example)), example):
        Image.fromarray(np.full((6, 5), 250, np.uint8)).save(tmp_path / "white.png")
        (note,) = told(data, "idx", tmp_path / "white.png")
        assert note.startswith("The mean brightness of 1 of 1 pictures is outside") and "98% of white" in note
        Image.fromarray(np.full((6, 5), 100, np.uint8)).save(tmp_path / "usual.png")
        assert told(data, "idx", tmp_path / "usual.png") == ()


def test_sounds_of_another_rate_and_length(tmp_path):
    example = tmp_path / "example"
    example.mkdir()
    options = sources["audio_folder"].example(example)
    chosen = {"rate": 8000, "bands": 8}
    for data in both(load("audio_folder", options), example):
        sound = 0.5 * np.sin(np.arange(8000) / 3)
        soundfile.write(tmp_path / "new.wav", np.stack([sound, sound], 1), 16000)
        soundfile.write(tmp_path / "long.wav", sound, 8000)
        notes = told(data, "audio_folder", tmp_path / "new.wav", **chosen)
        assert any("is of 16,000 Hz, which none in training was (of 8,000 Hz)" in note for note in notes)
        assert any("is of several channels, which none in training was" in note for note in notes)
        assert not any("length" in note for note in notes)
        notes = told(data, "audio_folder", tmp_path / "long.wav", **chosen)
        assert any("The length of 1 of 1 sounds is outside" in note and "with 1 s" in note for note in notes)
        assert not any("none in training" in note for note in notes)


@pytest.mark.parametrize("kind", ["npz", "hdf5"])
def test_arrays_as_in_training_are_not_called_far_when_the_data_is_gone(tmp_path, kind):
    example = tmp_path / "example"
    example.mkdir()
    if sources[kind].package:
        pytest.importorskip(sources[kind].package)
    options = sources[kind].example(example)
    path = Path(options["path"])
    data = load(kind, options)
    kept = without_samples(plain(data))
    assert new_samples(kept, path, DataReference(kind, options)).notes == (
        new_samples(data, path, DataReference(kind, options)).notes
    )
