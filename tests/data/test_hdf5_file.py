"""HDF5 files: the rules of arrays over what groups hold, read some rows at once."""

from __future__ import annotations

import json
import random
import sys
import tracemalloc

import h5py
import numpy as np
import pytest

from nnstudio import cli
from nnstudio.data import hdf5_texts
from nnstudio.data.arrays import stored
from nnstudio.data.dataset import DataError, load
from nnstudio.data.hdf5_heaps import HEAP
from nnstudio.from_data import project_from_data, source_of

LABELS = np.arange(30) % 3


def values(shape, seed=0):
    return np.random.default_rng(seed).normal(5, 3, shape)


@pytest.fixture
def saved(tmp_path):
    """Saves data sets and loads them."""

    def save(options=None, **arrays):
        with h5py.File(tmp_path / "f.h5", "w") as file:
            for name, array in arrays.items():
                file[name] = array
        return load("hdf5", {"path": str(tmp_path / "f.h5"), **(options or {})})

    return save


@pytest.mark.parametrize(
    "names",
    [
        ("train/x", "train/y", "test/x", "test/y"),
        ("set/images/train", "set/labels/train", "set/images/test", "set/labels/test"),
        ("train_set_x", "train_set_y", "test_set_x", "test_set_y"),
    ],
)
def test_groups_name_the_parts(saved, names):
    x, t = values((30, 4)), values((8, 4), 1)
    arrays = dict(zip(names, (x, LABELS, t, LABELS[:8]), strict=True))
    data = saved({"validation_ratio": 0.0}, **arrays)
    np.testing.assert_allclose(data.x_train, (x - x.mean(0)) / x.std(0), atol=1e-5)
    np.testing.assert_allclose(data.x_test, (t - x.mean(0)) / x.std(0), atol=1e-5)
    assert data.y_train[:, 0].tolist() == LABELS.tolist() and data.classes == ("0", "1", "2")
    data = saved({"inputs": names[0], "targets": names[1]}, **arrays)
    assert len(data.x_test) == 8


def test_blocks_give_what_the_whole_gives(saved, monkeypatch):
    arrays = {"x": 1e6 + values((30, 5, 2)), "y": values((30, 2))}
    whole = saved(**arrays)
    monkeypatch.setattr(stored, "BLOCK", 70)
    parted = saved(**arrays)
    np.testing.assert_allclose(parted.x_train, whole.x_train, atol=1e-5)
    np.testing.assert_allclose(parted.x_scale, arrays["x"].std((0, 1)) * np.ones((5, 2)), rtol=0.2)
    x = np.concatenate([parted.x_train, parted.x_validation, parted.x_test]) * parted.x_scale + parted.x_shift
    wanted = arrays["x"][np.argsort(arrays["x"][:, 0, 0])]
    np.testing.assert_allclose(x[np.argsort(x[:, 0, 0])], wanted, rtol=1e-7)


def test_memory_stays_near_that_of_the_result(saved, monkeypatch):
    monkeypatch.setattr(stored, "BLOCK", 2**16)
    arrays = {"x": np.zeros((4000, 20, 20), np.uint8), "y": np.arange(4000) % 2}
    saved(**arrays)
    tracemalloc.start()
    data = saved(**arrays)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert data.x_train.base is not None and peak < 1.5 * 4 * arrays["x"].size


def test_texts_of_any_length_are_classes(saved):
    names = np.array(["ox", "cat", "é"])[LABELS]
    texts = np.array(names, h5py.string_dtype())
    assert saved(x=values((30, 4)), y=texts).classes == ("cat", "ox", "é")
    assert saved(x=values((30, 4)), y=np.char.encode(names, "utf-8")).classes == ("cat", "ox", "é")


def test_what_lies_in_other_files_is_left_out(tmp_path, saved):
    (tmp_path / "secret").write_bytes(values(30).tobytes())
    saved(x=values((30, 4)), y=LABELS)
    with h5py.File(tmp_path / "f.h5", "a") as file:
        file.create_dataset("inputs", (30,), "f8", external=[(str(tmp_path / "secret"), 0, 240)])
        file["data"] = h5py.ExternalLink("other.h5", "/x")
    data = load("hdf5", {"path": str(tmp_path / "f.h5")})
    assert data.input_shape == (4,) and "lie in other files: 'inputs'" in data.notes[-1]


@pytest.mark.parametrize(
    "arrays, words",
    [
        ({"x": values((30, 4)).astype(complex), "y": LABELS}, "complex numbers"),
        ({"x": np.zeros(30, [("a", "f4")]), "y": LABELS}, "structured values"),
        ({"x": np.where(np.arange(30) == 4, np.nan, 1.0), "y": LABELS}, r"Sample 5 of 'x' in 'f\.h5'"),
        ({"model/weights": values((30, 4)), "model/bias": values(4)}, "holds no targets"),
        ({"x": 1.0}, "no array with values"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(saved, arrays, words):
    with pytest.raises(DataError, match=words):
        saved(**arrays)


def test_more_than_fits_is_refused_before_it_is_read(tmp_path):
    with h5py.File(tmp_path / "f.h5", "w") as file:
        file.create_dataset("x", (2**20, 2**20), "f4", chunks=(1, 1024))
        file["y"] = np.zeros(2**20)
    with pytest.raises(DataError, match="up to"):
        load("hdf5", {"path": str(tmp_path / "f.h5")})


def test_the_file_is_left_as_it_was_and_new_samples_are_prepared_alike(tmp_path, saved, capsys):
    x = values((30, 4))
    saved(x=x, y=LABELS)
    path = tmp_path / "f.h5"
    before = path.read_bytes()
    assert source_of(path).id == "hdf5"
    project = project_from_data(path, {}).project
    project.save(tmp_path / "p.nns")
    np.save(tmp_path / "n.npy", x)
    answers = []
    for new in (path, tmp_path / "n.npy"):
        assert cli.run(["predict", str(tmp_path / "p.nns"), str(new)]) == 0
        answers.append(capsys.readouterr().out)
    assert answers[0] == answers[1] and len(answers[0].splitlines()) == 31
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "code, words",
    [
        ("import threading; threading.Event().wait()", "did not end within 0.5 s: the file seems to be"),
        ("import os; os.abort()", "HDF5 fell over it. Copy it again"),
    ],
)
def test_texts_on_which_the_library_hangs_or_falls_over_are_a_sentence(saved, monkeypatch, code, words):
    monkeypatch.setattr(hdf5_texts, "COMMAND", [sys.executable, "-c", code])
    monkeypatch.setattr(hdf5_texts, "SECONDS", 0.5)
    with pytest.raises(DataError, match=words):
        saved(x=values((30, 4)), y=np.array(["a", "b", "c"] * 10, h5py.string_dtype()))


def test_texts_that_cannot_be_read_are_told_where_they_are_needed(tmp_path, saved, monkeypatch):
    monkeypatch.setattr(hdf5_texts, "MOST_TEXTS", 20)
    path = tmp_path / "t.h5"
    with h5py.File(path, "w") as file:
        file["x"] = values((30, 4))
        file["y"] = np.array(["a", "b", "c"] * 10, h5py.string_dtype())
        file["one"] = np.array("é", h5py.string_dtype())
    told = json.loads(hdf5_texts.write_texts(path))
    assert told == {"texts": {"one": ["é"]}, "errors": {"y": "it holds 30 texts, and at most 20 are read"}}
    texts = hdf5_texts.Texts(told["texts"], told["errors"])
    assert texts.get(path, "one", ()) == "é"
    for name, shape, words in (("y", (30,), "at most 20 are read"), ("one", (2,), "the file changed")):
        with pytest.raises(DataError, match=words):
            texts.get(path, name, shape)
    path.write_bytes(b"no HDF5")
    assert json.loads(hdf5_texts.write_texts(path)) == {"texts": {}, "errors": {}}
    with h5py.File(path, "w") as file:
        file.attrs["unit"] = "m"
    monkeypatch.setattr(hdf5_texts, "COMMAND", [str(tmp_path / "gone")])
    with pytest.raises(DataError, match="no process starts for it"):
        hdf5_texts.read_texts(path)


def test_no_process_starts_for_numbers_alone_nor_for_heaps_without_an_end(tmp_path, saved, monkeypatch):
    monkeypatch.setattr(hdf5_texts, "COMMAND", ["no process"])
    assert saved(x=values((30, 4)), y=LABELS).input_shape == (4,)
    path = tmp_path / "f.h5"
    with h5py.File(path, "a") as file:
        file.attrs["unit"] = "m"
    content = bytearray(path.read_bytes())
    at = content.index(HEAP) + 16 + 8
    content[at : at + 8] = (2**64 - 16).to_bytes(8, "little")
    path.write_bytes(content)
    with pytest.raises(
        DataError, match=r"^'f\.h5' is damaged: a list of its texts has no end\. Copy it again"
    ):
        load("hdf5", {"path": str(path)})


def test_damaged_files_are_read_or_refused_with_a_sentence(tmp_path, saved):
    # Of 4,000 such files, some with texts, none hung or crashed. Behind the start, no process is needed.
    saved(
        **{"train/x": values((24, 4)), "train/y": LABELS[:24], "test/x": values((6, 4)), "test/y": LABELS[:6]}
    )
    whole, path, draws = (tmp_path / "f.h5").read_bytes(), tmp_path / "bad.h5", random.Random(1)
    read = 0
    for _ in range(32):
        bad = bytearray(whole)
        for at in draws.choices(range(96, 2400), k=draws.choice((1, 2, 8))):
            bad[at] = draws.choice((0, 1, 127, 255, bad[at] ^ 1 << draws.randrange(8)))
        path.write_bytes(bad)
        try:
            read += len(load("hdf5", {"path": str(path)}).x_train)
        except DataError as error:
            assert "bad.h5" in str(error)
    assert read


def test_a_name_that_is_no_text_is_told_in_signs():
    assert hdf5_texts.name_of(b"x\xff") == "x\\xff" and hdf5_texts.name_of("x") == "x"
