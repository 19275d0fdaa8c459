"""NumPy arrays: what is loaded is what was saved, and what was guessed is said."""

from __future__ import annotations

import random

import h5py
import numpy as np
import pytest

from nnstudio import cli
from nnstudio.data.dataset import DataError, load
from nnstudio.from_data import project_from_data, source_of

LABELS = np.arange(30) % 3


def values(shape, seed=0):
    return np.random.default_rng(seed).normal(5, 3, shape)


@pytest.fixture
def saved(tmp_path):
    """Saves arrays and loads them."""

    def save(options=None, name="f.npz", **arrays):
        np.savez(tmp_path / name, **arrays)
        return load("npz", {"path": str(tmp_path / name), **(options or {})})

    return save


def unscaled(data):
    """All inputs in their units, sorted, and the names of the targets."""
    x = np.concatenate([data.x_train, data.x_validation, data.x_test])
    y = np.concatenate([data.y_train, data.y_validation, data.y_test])[:, 0]
    x = x * data.x_scale + data.x_shift
    order = np.argsort(x.reshape(len(x), -1)[:, 0], kind="stable")
    return x[order], [data.classes[int(i)] for i in y[order]] if data.classes else y[order]


def in_order(x, y):
    order = np.argsort(x.reshape(len(x), -1)[:, 0], kind="stable")
    return x[order], y[order]


@pytest.mark.parametrize(
    "names", [("x", "y"), ("X", "Y"), ("data", "target"), ("digits_images", "digits_labels")]
)
def test_what_is_saved_is_loaded_by_the_usual_names(saved, names):
    x = values((30, 4))
    other = np.zeros((30, 9))
    data = saved(**{names[0]: x, names[1]: LABELS, "more": other})
    wanted, labels = in_order(x, LABELS)
    got, classes = unscaled(data)
    np.testing.assert_allclose(got, wanted, rtol=1e-5)
    assert classes == [str(i) for i in labels] and data.classes == ("0", "1", "2")
    np.testing.assert_allclose(data.x_train.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(data.x_train.std(0), 1, atol=1e-5)
    assert "Not used: 'more'." in data.notes
    assert (len(data.x_test), len(data.x_validation)) == (6, 4)


def test_other_names_are_guessed_by_size_or_given(saved):
    arrays = {"a": values((30, 4)), "b": LABELS, "c": values((7, 2))}
    data = saved(**arrays)
    assert data.input_shape == (4,) and data.classes == ("0", "1", "2")
    assert sum("is taken for" in note for note in data.notes) == 2
    data = saved({"inputs": "b", "targets": "a"}, **arrays)
    assert data.input_shape == (1,) and data.target_width == 4 and not data.classes
    assert data.targets == ("a 1", "a 2", "a 3", "a 4")
    with pytest.raises(DataError, match=r"'f\.npz' holds no such array\. Its arrays are: 'a'"):
        saved({"inputs": "z"}, **arrays)


def test_parts_of_the_file_stay_parts(saved):
    x, t, v = values((30, 4)), values((8, 4), 1), values((5, 4), 2)
    arrays = {"x_train": x, "y_train": LABELS, "x_test": t, "y_test": LABELS[:8]}
    data = saved({"validation_ratio": 0.0}, **arrays)
    np.testing.assert_allclose(data.x_train, (x - x.mean(0)) / x.std(0), atol=1e-5)
    np.testing.assert_allclose(data.x_test, (t - x.mean(0)) / x.std(0), atol=1e-5)
    assert data.y_test[:, 0].tolist() == LABELS[:8].tolist()
    assert "The test part is 'x_test' and 'y_test'." in data.notes
    data = saved(**arrays, x_val=v, y_val=LABELS[:5])
    assert [len(p) for p in (data.x_train, data.x_validation, data.x_test)] == [30, 5, 8]
    with pytest.raises(DataError, match="different shapes"):
        saved(**{**arrays, "x_test": values((8, 3))})
    with pytest.raises(DataError, match="has 29 rows for the 30 samples"):
        saved(x=x, y=LABELS[:29])


@pytest.mark.parametrize(
    "y, classes, said",
    [
        (LABELS + 4, ("4", "5", "6"), "3 classes"),
        (LABELS == 1, ("False", "True"), "2 classes"),
        (np.array(["ox", "cat", "emu"])[LABELS], ("cat", "emu", "ox"), "3 classes"),
        (np.array([b"ox", "é".encode(), b"\xff"])[LABELS], ("\\xff", "ox", "é"), "3 classes"),
        (np.eye(3)[LABELS], ("0", "1", "2"), "one-hot"),
        (np.eye(4, dtype=np.uint8)[LABELS], ("0", "1", "2", "3"), "one-hot"),
        (LABELS[:, None], ("0", "1", "2"), "3 classes"),
        (LABELS * 1.0, (), "choose classes as Task"),
        (np.arange(30), (), "as there are 30 different ones"),
        (values(30), (), "The target is a number."),
    ],
)
def test_targets(saved, y, classes, said):
    x = np.arange(30.0)
    data = saved(x=x, y=y)
    assert data.classes == classes and any(said in note for note in data.notes), data.notes
    if not classes:
        np.testing.assert_allclose(data.y_train.mean(0), 0, atol=1e-5)
        np.testing.assert_allclose(unscaled(data)[1] * data.y_scale + data.y_shift, y, atol=1e-4)
    else:
        # Samples count up, so each is that of its label.
        labels = y.argmax(1) if y.ndim > 1 and y.shape[1] > 1 else y.ravel()
        pairs = set(zip(unscaled(data)[1], labels.tolist(), strict=True))
        assert len(pairs) == len({name for name, _ in pairs}) == 3 - (y.dtype == bool)


@pytest.mark.parametrize(
    "x, shape, words",
    [
        (np.zeros((30, 8, 6), np.uint8), (8, 6, 1), "divided by 255"),
        (np.zeros((30, 8, 6), np.uint16), (8, 6, 1), "the largest is 0, so the inputs are small"),
        (np.zeros((30, 8, 6)), (8, 6), "sequences of 8 steps"),
        (np.zeros((30, 9, 9)), (9, 9, 1), "pictures 9 high"),
        (np.zeros((30, 3, 9, 8)), (9, 8, 3), "come first"),
        (np.zeros((30, 9, 8, 3)), (9, 8, 3), "enter as they are"),
        (np.full((30, 9, 8, 3), 2.0), (9, 8, 3), "one for all pixels"),
        (np.zeros((30, 5, 8, 7)), (5, 8, 7), "enter as they are"),
    ],
)
def test_pictures_and_sequences(saved, x, shape, words):
    data = saved(x=x, y=LABELS)
    assert data.input_shape == shape and any(words in note for note in data.notes), data.notes


def test_channels_first_are_the_same_pictures(saved):
    pictures = np.random.default_rng(0).integers(0, 256, (30, 9, 8, 3), np.uint8)
    last, first = saved(x=pictures, y=LABELS), saved(x=pictures.transpose(0, 3, 1, 2), y=LABELS)
    assert np.array_equal(last.x_train, first.x_train) and last.x_train.max() == 1
    got, _ = unscaled(last)
    assert np.array_equal(np.sort(np.rint(got), None), np.sort(pictures, None))


def test_large_numbers_lose_nothing_before_they_are_standardised(saved):
    x = 1.7e9 + values((30, 1))
    data = saved(x=x, y=LABELS)
    np.testing.assert_allclose(data.x_train.std(0), 1, atol=1e-5)


def test_a_table_alone_and_its_column(tmp_path):
    table = np.column_stack([values((30, 3)), LABELS])
    np.save(tmp_path / "t.npy", table)
    data = load("npz", {"path": str(tmp_path / "t.npy")})
    assert data.features == ("column 1", "column 2", "column 3") and data.targets == ("column 4",)
    assert data.classes == ("0", "1", "2") and "last column 4 is the target" in data.notes[0]
    data = load("npz", {"path": str(tmp_path / "t.npy"), "target_column": 2})
    assert data.features == ("column 1", "column 3", "column 4") and not data.classes
    np.testing.assert_allclose(data.y_train.mean(), 0, atol=1e-6)
    with pytest.raises(DataError, match="no column 5"):
        load("npz", {"path": str(tmp_path / "t.npy"), "target_column": 5})


def test_tables_of_several_parts(saved):
    table, other = (np.column_stack([values((n, 3), n), LABELS[:n]]) for n in (30, 9))
    data = saved(train=table, test=other)
    assert data.targets == ("column 4",) and "The test part is 'test'." in data.notes
    np.testing.assert_allclose(data.x_test * data.x_scale + data.x_shift, other[:, :3], atol=1e-5)
    assert data.y_test[:, 0].tolist() == other[:, 3].tolist()
    assert "Not used: 'more'." in saved({"target_column": 4}, train=table, more=np.zeros(3)).notes
    with pytest.raises(DataError, match="different columns"):
        saved(train=table, test=other[:, 1:])


def test_long_whole_numbers_stay_different_classes(saved):
    labels = 2**60 + LABELS
    assert saved(x=values((30, 2)), y=labels).classes == tuple(str(2**60 + i) for i in range(3))


@pytest.mark.parametrize("names", [("x", "y"), ("x", "labels"), ("iris_x", "iris_y"), ("x_train", "y_train")])
def test_two_files_beside_each_other(tmp_path, names):
    np.save(tmp_path / f"{names[0]}.npy", values((30, 4)))
    np.save(tmp_path / f"{names[1]}.npy", LABELS)
    np.save(tmp_path / "other_y.npy", LABELS * 0)
    data = load("npz", {"path": str(tmp_path / f"{names[0]}.npy")})
    assert data.input_shape == (4,) and data.classes == ("0", "1", "2")
    assert f"'{names[0]}.npy', '{names[1]}.npy'" in data.notes[-1]


@pytest.mark.parametrize(
    "arrays, words",
    [
        ({"x": values((30, 4)).astype(complex), "y": LABELS}, "complex numbers"),
        ({"x": np.array([{}] * 30, object), "y": LABELS}, "Python objects"),
        ({"x": np.zeros(30, [("a", "f4")]), "y": LABELS}, "structured values"),
        ({"x": np.array(["a"] * 30), "y": LABELS}, "texts"),
        ({"x": values((30, 4)), "y": np.array([{}] * 30, object)}, "Python objects"),
        ({"x": values((30, 4))[:, :1], "z": np.zeros(4)}, "no targets"),
        ({"x": values((30, 4)), "y": LABELS * 0}, "are the same"),
        ({"x": values((30, 2, 2, 2, 2)), "y": LABELS}, "4 axes"),
        ({"x": values((30, 4)), "y": values((30, 2, 2))}, "label, a number, a row of numbers, or whole"),
        ({"x": values((1, 4)), "y": LABELS[:1]}, "single sample"),
        ({"x": np.zeros((0, 4))}, "no array with values"),
        ({"x": np.full((30, 2), 1e300) * np.arange(30)[:, None], "y": LABELS}, "too large|different sizes"),
    ],
)
def test_what_cannot_be_used_is_a_sentence(saved, arrays, words):
    with pytest.raises(DataError, match=words):
        saved(**arrays)


@pytest.mark.parametrize("value", [np.nan, np.inf])
@pytest.mark.parametrize("shape", [(30, 4), (30, 9, 9), (30, 9, 9, 3)])
def test_the_first_sample_that_is_not_finite_is_named(saved, value, shape):
    x = values(shape)
    x[6], x[20] = value, value
    with pytest.raises(DataError, match=r"Sample 7 of 'x' in 'f\.npz' holds a value that is NaN"):
        saved(x=x, y=LABELS)
    y = values(30)
    y[2] = value
    with pytest.raises(DataError, match="Sample 3 of 'y'"):
        saved(x=values((30, 4)), y=y)


def test_new_arrays_are_prepared_as_in_training(tmp_path, capsys):
    pictures = np.random.default_rng(0).integers(0, 256, (30, 3, 8, 9), np.uint8)
    np.savez(tmp_path / "f.npz", x=pictures, y=LABELS)
    assert source_of(tmp_path / "f.npz").id == "npz"
    project = project_from_data(tmp_path / "f.npz", {}).project
    project.save(tmp_path / "p.nns")
    source = source_of(tmp_path / "f.npz")
    options, data = source.complete({"path": str(tmp_path / "f.npz")}), project.load_data()
    np.save(tmp_path / "new.npy", pictures[:4])
    x = source.read_samples(tmp_path / "new.npy", options, data).x
    np.testing.assert_allclose(x, pictures[:4].transpose(0, 2, 3, 1) / 255, atol=1e-6)
    np.save(tmp_path / "one.npy", pictures[0])
    assert np.array_equal(source.read_samples(tmp_path / "one.npy", options, data).x, x[:1])
    np.save(tmp_path / "unit.npy", pictures[:4] / 255)
    assert "another unit" in source.read_samples(tmp_path / "unit.npy", options, data).notes[-1]
    np.save(tmp_path / "wrong.npy", pictures[:, :, :7])
    with h5py.File(tmp_path / "new.h5", "w") as file:
        file["x"] = pictures[:4]
    assert np.array_equal(source.read_samples(tmp_path / "new.h5", options, data).x, x)
    with pytest.raises(DataError, match="holds no samples of"):
        source.read_samples(tmp_path / "wrong.npy", options, data)
    assert cli.run(["predict", str(tmp_path / "p.nns"), str(tmp_path / "new.npy")]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 5


def test_a_table_is_predicted_with_or_without_its_target(tmp_path):
    table = np.column_stack([values((30, 3)), LABELS])
    np.save(tmp_path / "t.npy", table)
    source = source_of(tmp_path / "t.npy")
    options = source.complete({"path": str(tmp_path / "t.npy")})
    data = source.load(options)
    whole = source.read_samples(tmp_path / "t.npy", options, data)
    assert "Column 4 is the target, and ignored." in whole.notes
    np.save(tmp_path / "n.npy", table[:, :3])
    assert np.array_equal(source.read_samples(tmp_path / "n.npy", options, data).x, whole.x)
    np.testing.assert_allclose(whole.x * data.x_scale + data.x_shift, table[:, :3], atol=1e-5)


def test_what_is_of_another_unit_is_told(saved, tmp_path):
    shades = np.random.default_rng(0).random((30, 9, 9, 3))
    data = saved(x=shades, y=LABELS)
    source = source_of(tmp_path / "f.npz")
    options = source.complete({})
    np.save(tmp_path / "n.npy", np.rint(255 * shades))
    assert "another unit" in source.read_samples(tmp_path / "n.npy", options, data).notes[-1]
    np.save(tmp_path / "n.npy", shades[:7])
    assert not source.read_samples(tmp_path / "n.npy", options, data).notes
    data = saved(x=5 * shades, y=LABELS)
    for name in ("p", "p.png"):
        (tmp_path / "p").mkdir(exist_ok=True)
        with pytest.raises(DataError, match="a unit that pictures do not tell"):
            source.read_samples(tmp_path / name, options, data)


def test_any_damage_is_read_or_a_sentence(saved, tmp_path):
    saved(x=values((30, 4)), y=np.array(["a", "b", "c"])[LABELS])
    path, rng, read = tmp_path / "f.npz", random.Random(1), 0
    whole = path.read_bytes()
    for _ in range(300):
        content = bytearray(whole)
        for _ in range(rng.choice((1, 2, 5))):
            content[rng.randrange(len(content))] = rng.randrange(256)
        path.write_bytes(bytes(content[: rng.choice((len(content), rng.randrange(len(content))))]))
        try:
            data = load("npz", {"path": str(path)})
        except DataError as error:
            assert str(error).endswith(".") and len(str(error)) < 1000
        else:
            read += 1
            assert np.isfinite(data.x_train).all()
    assert read < 300
