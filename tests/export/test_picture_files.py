"""The lines that files tell for a picture of one's own run, and give what nnstudio makes of it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from export.cases import exported
from kernels.networks import chain
from PIL import Image

from nnstudio.data.dataset import Dataset
from nnstudio.data.pictures import Fit, Preparation, read_picture
from nnstudio.export.c99.header import header
from nnstudio.export.description import description
from nnstudio.export.format import formats
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.picture_files import (
    IMPORTS,
    PLAIN_HEAD,
    TYPED_HEAD,
    LearnedPictures,
    caution,
    reader_text,
    reading,
)

SHAPE = (6, 5, 3)


def network(fit: Fit = Fit.CROP, **data: object) -> ExportedNetwork:
    told = exported(chain(("flatten", {}), ("dense", {"units": 2})), SHAPE, **{"x_shift": 0.0, **data})
    return replace(told, pictures=LearnedPictures(fit, (7.82, 33.25, 78.5)))


def drawing() -> Image.Image:
    """Turned by its camera, and clear in places."""
    pixels = np.random.default_rng(1).integers(0, 256, (40, 24, 4), np.uint8)
    return Image.fromarray(pixels, "RGBA")


@pytest.mark.parametrize("fit", Fit)
def test_the_lines_read_a_file_as_nnstudio_does(fit, tmp_path, monkeypatch):
    exif = Image.Exif()
    exif[0x0112] = 6
    drawing().save(tmp_path / "picture.png", exif=exif)
    monkeypatch.chdir(tmp_path)
    held: dict[str, np.ndarray] = {}
    exec("\n".join([*IMPORTS, reading(network(fit, x_scale=255.0))]), held)
    ours = read_picture(tmp_path / "picture.png", SHAPE, fit)
    np.testing.assert_array_equal(held["rows"][0], ours.pixels)
    exec(f"import sys\n{reader_text(network(fit, x_scale=255.0), PLAIN_HEAD)}", held)
    np.testing.assert_array_equal(held["read_picture"]("picture.png")[0], ours.pixels)
    np.testing.assert_array_equal(held["read_picture"]("picture.png", invert=True)[0], 255.0 - ours.pixels)
    exec("\n".join([*IMPORTS, reading(network(fit, x_scale=65535.0))]), held)
    np.testing.assert_allclose(held["rows"][0], ours.pixels * 257.0)


def test_the_brightness_of_what_was_learned_is_told_in_the_units_of_the_data():
    x = np.stack([np.full((2, 2, 1), v, np.float32) for v in (0.1, 0.2, 0.6)])
    y = np.zeros((3, 1), np.float32)
    data = Dataset("toy", x, y, x, y, x_shift=10.0, x_scale=100.0, pictures=Preparation(Fit.PAD))
    learned = LearnedPictures.of(data)
    assert learned.fit == Fit.PAD and learned.means == pytest.approx((20, 40, 70), rel=1e-5)
    pixelwise = replace(data, x_scale=np.ones((2, 2, 1)), x_shift=np.zeros((2, 2, 1)))
    assert LearnedPictures.of(pixelwise).means is None
    assert LearnedPictures.of(replace(data, x_train=x[..., 0], x_scale=1.0)) is None
    told = caution(network(x_scale=255.0))
    assert "between 7.82 and 78.5, 33.2 on the whole" in told and "8 bits" not in told
    assert "8 bits" in caution(network(x_scale=3.0))


def test_the_lines_say_where_a_picture_is_unlike_those_of_training(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    told = network(x_scale=255.0)
    lines = "\n".join([*IMPORTS, reading(told)])
    assert "from light on black. Is yours dark on white?" in lines
    for shade, unlike in ((240, True), (40, False)):
        Image.new("RGB", (9, 9), (shade,) * 3).save("picture.png")
        exec(lines, {})
        said = capsys.readouterr().out
        assert ("Unlike what it learned from" in said) == ("Is it dark on white?" in said) == unlike
    bright = replace(told, pictures=LearnedPictures(means=(200.0, 220.0, 240.0)))
    assert "from dark on white. Is yours light on black?" in reading(bright)
    photographs = reading(replace(told, pictures=LearnedPictures(means=(20.0, 120.0, 240.0))))
    assert "invert" not in photographs and "240" in photographs
    assert "mean" not in reading(replace(told, pictures=None))


def test_code_reads_a_picture_file_and_tells_which_way_is_up_to_the_person(tmp_path, capsys):
    file, held = tmp_path / "picture.png", {}
    exec(f"{IMPORTS[0]}\nimport sys\n{reader_text(network(x_scale=255.0), TYPED_HEAD)}", held)
    Image.new("RGB", (9, 9), (240, 240, 240)).save(file)
    held["read_picture"](file)
    said = capsys.readouterr().err
    assert "its mean is 240, and not within 7.82 to 78.5. Is it dark on white? Then give --invert" in said
    assert held["read_picture"](file, invert=True).mean() == 15 and not capsys.readouterr().err
    Image.new("RGB", (9, 9), (1, 1, 1)).save(file)
    held["read_picture"](file, invert=True)
    said = capsys.readouterr().err
    assert "its mean is 254" in said and "--invert" not in said


def test_a_predictor_answers_a_picture_file_in_one_command(tmp_path):
    formats["numpy"].write(network(x_scale=255.0), tmp_path)
    drawing().save(tmp_path / "own.png")
    np.save(tmp_path / "own.npy", 255 - read_picture(tmp_path / "own.png", SHAPE, Fit.CROP).pixels[None])

    def said(*words: str) -> tuple[int, str, str]:
        command = [sys.executable, "-I", "-B", "predictor.py", *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
        return done.returncode, done.stdout, done.stderr

    code, answer, note = said("own.png", "--invert")
    assert code == 0 and answer == said("own.npy")[1] and "--invert" not in note
    assert said("own.png")[1] != answer and "Then give --invert" in said("own.png")[2]
    code, _, error = said("none.png")
    assert code == 1 and error.startswith("predictor: ") and "none.png" in error
    code, _, error = said()
    assert code == 1 and error.startswith("usage: python predictor.py picture.png [--invert]")


def test_files_tell_it_where_a_person_looks_first(tmp_path):
    pictures, lines = network(x_scale=255.0), "picture = ImageOps.fit(picture, (5, 6))"
    row = exported(chain(("dense", {"units": 2})), (3,))
    comment = header(pictures, "w", False).partition("*/")[0]
    assert lines in comment and "fread(input" in comment and "fread" not in header(row, "w", False)
    assert lines in description(pictures) and "Image" not in description(row)
    for kind in ("npz", "json", "csv"):
        file = tmp_path / f"w.{kind}"
        formats[kind].write(pictures, file)
        assert "description" not in formats[kind].read(file)[1]
    assert lines in (tmp_path / "w.json").read_text() and lines in (tmp_path / "w.csv").read_text()
    assert lines in str(np.load(tmp_path / "w.npz")["metadata:description"])
    formats["numpy"].write(pictures, tmp_path)
    assert lines in (tmp_path / "predictor.py").read_text()
    for kind in ("pytorch", "keras"):
        folder = tmp_path / kind
        folder.mkdir()
        formats[kind].write(pictures, folder)
        assert lines in (folder / "model.py").read_text()
        assert "model.py picture.png --invert" in (folder / "README.md").read_text()
        assert "python model.py picture.png" in formats[kind].usage(pictures, folder)
    with pytest.raises(OSError, match="must be an array"):
        formats["numpy"].predict(tmp_path, np.zeros((2, 3, 6, 5)))
