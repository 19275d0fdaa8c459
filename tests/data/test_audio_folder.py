"""Folders of sounds: classes, lengths, rates and channels; what was done to them is said."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile
from PIL import Image

from nnstudio import cli
from nnstudio.data.dataset import DataError, load
from nnstudio.from_data import project_from_data, source_of


def save(path, frequency, seconds=0.5, rate=16_000, channels=1):
    path.parent.mkdir(parents=True, exist_ok=True)
    sound = 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)
    soundfile.write(path, np.column_stack([sound] * channels), rate)


@pytest.fixture
def folder(tmp_path):
    """Ten low and ten high tones, of four kinds of files."""
    for i in range(10):
        suffix = (".wav", ".flac", ".ogg", ".mp3")[i % 4]
        save(tmp_path / "tones" / "low" / f"{i}{suffix}", 300 + 10 * i)
        save(tmp_path / "tones" / "high" / "more" / f"{i}{suffix}", 3000 + 10 * i)
    (tmp_path / "tones" / "low" / "notes.txt").write_text("not looked at")
    return tmp_path / "tones"


def test_each_folder_is_a_class_and_each_sound_a_spectrogram(folder):
    data = load("audio_folder", {"path": str(folder), "seconds": 0.5})
    assert data.classes == ("high", "low") and data.name == "tones"
    # 0.5 s are 48 whole windows of 25 ms, 10 ms apart.
    assert data.input_shape == (40, 48, 1)
    assert [len(x) for x in (data.x_train, data.x_validation, data.x_test)] == [13, 3, 4]
    assert data.x_train.mean() == pytest.approx(0, abs=1e-4) and data.x_train.std() == pytest.approx(
        1, abs=1e-4
    )
    for x, label in zip(data.x_train, data.y_train[:, 0], strict=True):
        loudest = x[:, 20, 0].argmax()
        # 2595 log10(1 + f / 700) of 300 to 390 and 3000 to 3090 Hz, of 2840 in 41 steps.
        assert loudest in ((5, 6) if label else (26, 27, 28))
    assert data.notes[0] == "10 × high, 10 × low."
    assert "0.5 s long, as chosen: 40 mel bands and 48 windows of 25 ms" in data.notes[1]


def test_the_median_is_the_length_unless_one_is_chosen(tmp_path):
    for i, seconds in enumerate((0.2, 0.4, 0.4, 0.9)):
        save(tmp_path / "ab"[i % 2] / f"{i}.wav", 500, seconds)
    data = load("audio_folder", {"path": str(tmp_path), "test_ratio": 0.0, "validation_ratio": 0.0})
    assert data.input_shape == (40, 38, 1) and "0.4 s long, the median of all" in data.notes[1]
    assert data.notes[2:] == (
        "1 × longer, and cut to 0.4 s.", "1 × shorter, and filled up to 0.4 s with silence.",
    )  # fmt: skip
    decibels = data.x_train * data.x_scale + data.x_shift
    silent = [x for x in decibels if np.allclose(x[:, -10:], -100, atol=1e-3)]
    assert len(silent) == 1


def test_rates_and_channels_are_told_and_change_little(tmp_path):
    for i, rate in enumerate((8000, 16_000, 44_100)):
        for name in "ab":
            save(tmp_path / name / f"{rate}.wav", 700, 0.5, rate, channels=1 + (i == 2))
    data = load("audio_folder", {"path": str(tmp_path), "test_ratio": 0.0, "validation_ratio": 0.0})
    assert "2 × resampled from 8,000 to 16,000 Hz; above 4,000 Hz they hold nothing." in data.notes
    assert "2 × resampled from 44,100 to 16,000 Hz." in data.notes
    assert "2 × several channels, of which the mean is taken." in data.notes
    decibels = data.x_train * data.x_scale + data.x_shift
    band = decibels[0, :, 20, 0].argmax()
    assert np.ptp(decibels[:, band, 2:-2]) < 0.1


def test_opposite_channels_cancel(tmp_path):
    sound = np.sin(np.arange(8000) / 5)
    for name in "ab":
        (tmp_path / name).mkdir()
        soundfile.write(tmp_path / name / "s.flac", np.column_stack([sound, -sound]) / 2, 16_000)
    data = load("audio_folder", {"path": str(tmp_path), "test_ratio": 0.0, "validation_ratio": 0.0})
    # Silence alone: finite, and said to be all the same.
    assert (data.x_train == 0).all() and data.x_shift == -100 and "All sounds are the same" in data.notes[0]


def test_what_cannot_be_read_is_left_out_and_counted(folder):
    (folder / "low" / "broken.wav").write_bytes(b"no sound")
    soundfile.write(folder / "low" / "empty.wav", np.zeros(0), 16_000)
    infinite = np.full(8000, np.nan, np.float32)
    soundfile.write(folder / "low" / "nan.wav", infinite, 16_000, "FLOAT")
    data = load("audio_folder", {"path": str(folder)})
    assert data.notes[0] == "10 × high, 10 × low."
    assert data.notes[-1] == ("3 left out because they cannot be read: 'broken.wav', 'empty.wav', 'nan.wav'.")


def test_sentences(tmp_path, folder):
    with pytest.raises(DataError, match="No folder is chosen"):
        load("audio_folder", {})
    with pytest.raises(DataError, match="'low' has no folders with sounds"):
        load("audio_folder", {"path": str(folder / "low")})
    for name in ("Train", "test"):
        save(tmp_path / "parts" / name / "low" / "1.wav", 500)
    with pytest.raises(DataError, match="'Train', 'test', but the one for training does not"):
        load("audio_folder", {"path": str(tmp_path / "parts")})
    for file in folder.rglob("*.*"):
        file.write_bytes(b"")
    with pytest.raises(DataError, match="No sound in 'tones' can be read"):
        load("audio_folder", {"path": str(folder)})


def test_folders_of_parts_are_kept_as_they_are(tmp_path):
    top = tmp_path / "all"
    for part, count in (("Train", 4), ("valid", 2), ("test", 3)):
        for i in range(count):
            save(top / part / "low" / f"{i}.wav", 300 + i)
            save(top / part / "high" / f"{i}.wav", 3000 + i)
    save(top / "intro.wav", 500)
    (top / "Train" / "low" / "._0.wav").write_bytes(b"of macOS")
    options = {"path": str(top), "bands": 8, "rate": 8000}
    data = load("audio_folder", {**options, "test_ratio": 0.9})
    assert data.classes == ("high", "low") and data.sizes == "8 for training, 4 for validation and 6 for test"
    told = " ".join(data.notes)
    assert "own parts, 'Train' for training, 'test' for test, 'valid' for validation" in told
    assert "1 sound lies beside the folders in 'all'" in told and "left out because" not in told
    assert data.x_train.mean() == pytest.approx(0, abs=1e-4)
    folds = load("audio_folder", {**options, "fold": "1 of 3"})
    assert (
        len(folds.x_test) == 6 and len(folds.x_validation) == 4 and "taken together" in " ".join(folds.notes)
    )
    classes = load("audio_folder", {**options, "parts": False}).classes
    assert classes == ("Train", "test", "valid")
    for path in (top / "valid").rglob("*.wav"):
        path.write_bytes(b"broken")
    with pytest.raises(DataError, match="None of the sounds for validation"):
        load("audio_folder", options)


def test_a_folder_goes_to_sounds_or_to_pictures(tmp_path, folder):
    assert source_of(folder).id == "audio_folder"
    (tmp_path / "p" / "cats").mkdir(parents=True)
    with pytest.raises(DataError, match="For pictures or sounds"):
        source_of(tmp_path / "p")
    Image.new("L", (4, 4)).save(tmp_path / "p" / "cats" / "1.PNG")
    assert source_of(tmp_path / "p").id == "image_folder"


def test_new_sounds_are_prepared_as_those_of_training(tmp_path, folder, capsys):
    save(folder / "low" / "long.wav", 350, 2.0)
    project = project_from_data(folder, {"bands": 20}).project
    project.save(tmp_path / "p.nns")
    source, data = source_of(folder), project.load_data()
    options = source.complete({"path": str(folder), "bands": 20})
    samples = source.read_samples(folder, options, data)
    assert len(samples.x) == 21 and samples.answered.all() and "1 × longer" in samples.notes[0]
    known = {x.tobytes() for part in (data.x_train, data.x_validation, data.x_test) for x in part}
    assert {x.tobytes() for x in samples.x} == known
    (folder / "low" / "broken.wav").write_bytes(b"no sound")
    assert cli.run(["predict", str(tmp_path / "p.nns"), str(folder / "low")]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 13 and lines[0] == "file,class,probability" and "broken.wav,," in lines
    assert cli.run(["predict", str(tmp_path / "p.nns"), str(folder / "low" / "long.wav")]) == 0
    Image.new("L", (4, 4)).save(tmp_path / "x.png")
    for wrong, words in (
        (tmp_path / "x.png", "No sound in"),
        (folder / "low" / "broken.wav", "No sound in"),
    ):
        with pytest.raises(DataError, match=words):
            source.read_samples(wrong, options, data)
    with pytest.raises(DataError, match="of 40 bands"):
        source.read_samples(folder, source.complete({"path": str(folder)}), data)
