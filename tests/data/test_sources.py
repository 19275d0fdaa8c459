"""Contract of every data set, and what the shipped ones hold."""

from __future__ import annotations

import json
import zipfile
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest

from nnkernels.spec import SpecError, losses
from nnstudio.data.dataset import DataError, Picks, Split, load, sources
from nnstudio.model.document import DataReference
from nnstudio.model.projectfile import FORMAT
from nnstudio.project import Project

BY_ID = {"argnames": "source", "argvalues": list(sources), "ids": lambda s: s.id}
FROM_DISK = {"argnames": "source", "argvalues": [s for s in sources if s.picks], "ids": lambda s: s.id}


def options_of(source, folder, **given):
    """Of the example that a source declares; skips where what it needs is not installed."""
    if source.package:
        pytest.importorskip(source.package)
    return source.complete({**source.example(folder), **given})


@pytest.mark.parametrize(**BY_ID)
def test_every_source_is_documented(source):
    assert source.title and source.help.endswith(".") and type(source).__doc__
    for option in source.options:
        assert option.help.endswith(".") and option.check(option.default) == option.default, option.name
    assert source.picks in (None, *Picks)
    assert all(s[0] in ".-" and s == s.lower() for s in source.suffixes)
    assert bool(source.suffixes) == (source.picks == Picks.FILE)
    assert not source.picks or source.has_option("path")
    assert not source.target_option or source.has_option(source.target_option)
    assert all(source.has_option(name) for name in source.page_options)
    assert not source.embeds or source.picks == Picks.FILE


@pytest.mark.parametrize(**BY_ID)
def test_every_source_loads_its_example_and_again_the_same(source, tmp_path):
    options = options_of(source, tmp_path)
    data = source.load(options)
    assert len(data.x_train) == len(data.y_train) > 0 and len(data.x_test) == len(data.y_test)
    # Only where a person may choose the share of a test part can there be none.
    assert (len(data.x_test) > 0) == (options.get("test_ratio", 1) > 0)
    for values in (data.x_train, data.y_train, data.x_test, data.y_test):
        assert values.dtype == np.float32 and np.isfinite(values).all()
    assert data.suits(data.fitting_loss)
    assert sum(data.suits(loss.id) for loss in losses) >= 1
    if data.classes:
        assert set(np.unique(data.y_train)) <= set(range(len(data.classes)))
    again = source.load(options)
    assert np.array_equal(data.x_train, again.x_train) and np.array_equal(data.y_test, again.y_test)
    assert json.dumps(data.preprocessing())


@pytest.mark.parametrize(**BY_ID)
def test_a_preview_agrees_with_what_is_loaded(source, tmp_path):
    options = options_of(source, tmp_path)
    preview, data = source.preview(options), source.load(options)
    if preview is None:
        return
    assert preview.text and preview.rows and {len(row) for row in preview.rows} == {len(preview.columns)}
    assert data.targets == (preview.target,) and preview.target in preview.columns
    # A column of text is several features, "colour = red", and windows hold each of their columns often.
    assert len(data.input_shape) > 1 or {name.split(" = ")[0] for name in data.features} == set(
        preview.columns
    ) - {preview.target}
    if source.target_option:
        other = {**options, source.target_option: preview.columns[0]}
        assert source.preview(other).target == source.load(other).targets[0] == preview.columns[0]


@pytest.mark.parametrize(**FROM_DISK)
def test_what_is_not_there_or_not_chosen_is_told(source, tmp_path):
    for path in ("", str(tmp_path / "gone"), str(tmp_path / "gone" / "x.csv")):
        with pytest.raises(DataError, match=r"\.$"):
            source.load(source.complete({"path": path}))
        assert source.preview(source.complete({"path": path})) is None


@pytest.mark.parametrize(**FROM_DISK)
def test_garbage_is_told_in_a_sentence(source, tmp_path):
    examples = tmp_path / "examples"
    examples.mkdir()
    path = Path(options_of(source, examples)["path"])
    whole = {f: f.read_bytes() for f in ([path] if path.is_file() else path.rglob("*")) if f.is_file()}
    garbage = {
        "empty": lambda content: b"",
        "noise": lambda content: np.random.default_rng(0).bytes(3000),
        "blank": lambda content: b" \n" * 50,
        "the other half": lambda content: content[len(content) // 2 :],
        "cut": lambda content: content[: len(content) // 2],
        "without a first byte": lambda content: content[1:],
    }
    for name, spoil in garbage.items():
        for file, content in whole.items():
            file.write_bytes(spoil(content))
        try:
            data = source.load(source.complete({"path": str(path)}))
        except DataError as error:
            assert str(error).endswith((".", "?")), name
        else:
            assert len(data.x_train) and np.isfinite(data.x_train).all(), name
    other = tmp_path / "other"
    other.mkdir() if source.picks == Picks.FILE else other.write_text("x")
    with pytest.raises(DataError):
        source.load(source.complete({"path": str(other)}))


@pytest.mark.parametrize("kind", ["circle", "xor", "gaussian", "spiral"])
def test_noise_and_test_ratio(kind):
    quiet = load(kind, {"samples": 200, "test_ratio": 0.25})
    assert [len(quiet.part(split)[0]) for split in Split] == [100, 50, 50]
    noisy = load(kind, {"samples": 200, "test_ratio": 0.25, "noise": 0.4})
    assert not np.array_equal(quiet.x_train, noisy.x_train)
    assert abs(quiet.y_train.mean() - 0.5) < 0.1
    with pytest.raises(SpecError, match="Noise"):
        load(kind, {"noise": 2.0})


def test_exclusive_or_is_what_it_says():
    data = load("xor", {"samples": 400})
    same = (data.x_train[:, 0] > 0) == (data.x_train[:, 1] > 0)
    assert len({bool(s) == (y > 0.5) for s, y in zip(same, data.y_train[:, 0], strict=True)}) == 1


def test_celsius_is_the_formula():
    data = load("celsius", {})
    np.testing.assert_allclose(data.y_train, 1.8 * data.x_train + 32, rtol=1e-6)


def test_mnist_is_shipped_and_balanced():
    data = load("mnist", {})
    assert data.x_train.shape == (5520, 28, 28, 1) and data.x_test.shape == (1000, 28, 28, 1)
    assert data.x_train.max() == 1.0 and data.x_train.min() == 0.0
    for y, each in ((data.y_train, 552), (data.y_validation, 48), (data.y_test, 100)):
        assert np.bincount(y[:, 0].astype(int)).tolist() == [each] * 10
    drawn = load("mnist", {"target": "picture"})
    assert len(drawn.x_validation) == 480
    assert np.array_equal(drawn.y_validation, drawn.x_validation.reshape(480, -1))


def test_animals_are_shipped_and_the_same_photos_in_grey_colour_and_with_alpha():
    grey, colour, alpha = (load("animals", {"channels": c}) for c in ("grey", "colour", "colour and alpha"))
    assert grey.x_train.shape == (490, 32, 32, 1) and colour.x_test.shape == (192, 32, 32, 3)
    for y, each in ((colour.y_train, 245), (colour.y_validation, 43), (colour.y_test, 96)):
        assert np.bincount(y[:, 0].astype(int)).tolist() == [each] * 2
    # ITU-R 601, as whole numbers of 255.
    luma = colour.x_train @ np.array([0.299, 0.587, 0.114], np.float32)
    np.testing.assert_allclose(grey.x_train[..., 0], luma, atol=0.6 / 255)
    assert np.array_equal(alpha.x_train[..., :3], colour.x_train) and (alpha.x_train[..., 3] == 1).all()
    # From row to row little changes; where the file was cut apart wrongly, there would be a step.
    steps = np.abs(np.diff(grey.x_train[..., 0] * 255, axis=1)).mean((0, 2))
    assert steps.max() < 1.5 * steps.min() < 30


def test_cats_are_told_from_as_many_of_each_other_animal():
    pairs, cats = load("animals", {}), load("animals", {"target": "cat or not"})
    assert cats.classes == ("no cat", "cat") and cats.suits("binary_cross_entropy")
    assert [np.bincount(y[:, 0].astype(int)).tolist() for y in (cats.all_targets(), cats.y_test)] == [
        [480, 384],
        [120, 96],
    ]
    is_cat = pairs.y_test[:, 0] == 0
    assert np.array_equal(cats.x_test[cats.y_test[:, 0] == 1], pairs.x_test[is_cat])
    for data in (pairs, cats):
        seen = {photo.tobytes() for photo in data.all_inputs()}
        assert len(seen) == len(data.all_inputs()), "no photo is in two parts"


@pytest.mark.parametrize("kind", ["animals", "iris", "mnist"])
def test_shipped_sets_are_watched_by_a_part_of_their_own(kind):
    data, before = load(kind, {}), load(kind, {"validation_ratio": 0.0})
    assert (data.watched, data.judging, before.watched) == (Split.VALIDATION, Split.TEST, Split.TEST)
    assert np.array_equal(data.y_test, before.y_test)
    assert len(data.x_train) + len(data.x_validation) == len(before.x_train)
    counts = np.bincount(data.y_validation[:, 0].astype(int))
    assert counts.min() > 0
    folds = [load(kind, {"fold": f"{fold} of 3"}) for fold in (1, 2, 3)]
    assert sum(len(fold.x_validation) for fold in folds) == len(before.x_train)


def test_shipped_sets_in_older_projects_are_as_they_were(tmp_path):
    olds = {"iris": (105, 0, 45), "mnist": (6000, 0, 1000), "spiral": (250, 0, 250), "celsius": (30, 0, 10)}
    for kind, expected in olds.items():
        project = Project()
        project.document.set_data(DataReference(kind))
        project.save(tmp_path / "new.nns")
        assert Project.open(tmp_path / "new.nns").load_data().watched == Split.VALIDATION
        with zipfile.ZipFile(tmp_path / "new.nns") as new, zipfile.ZipFile(tmp_path / "old.nns", "w") as old:
            for name in new.namelist():
                content = new.read(name).replace(f'"format": {FORMAT}'.encode(), b'"format": 7')
                old.writestr(name, content)
        data = Project.open(tmp_path / "old.nns").load_data()
        assert tuple(len(data.part(split)[0]) for split in Split) == expected


@pytest.mark.parametrize("kind", ["spiral", "plane", "above_function", "celsius"])
def test_of_drawn_samples_validation_is_taken_from_the_training_part(kind):
    ratio = sources[kind].defaults()["test_ratio"]
    data, before = load(kind, {}), load(kind, {"validation_ratio": 0.0})
    assert np.array_equal(before.x_train, np.concatenate([data.x_validation, data.x_train]))
    assert np.array_equal(before.y_test, data.y_test)
    # What is learned from is what it was when the test part was as large as both.
    assert np.array_equal(
        data.x_train, load(kind, {"validation_ratio": 0.0, "test_ratio": 2 * ratio}).x_train
    )
    folds = [load(kind, {"fold": f"{fold} of 3"}).x_validation for fold in (1, 2, 3)]
    assert np.array_equal(np.sort(np.concatenate(folds), 0), np.sort(before.x_train, 0))
    assert "leave nothing to train on" in load(kind, {"validation_ratio": 0.9}).notes[-1]


@pytest.mark.parametrize("name", ["celsius", "xor", "spiral", "iris", "mnist-dense", "mnist-convnet"])
def test_examples_of_shipped_sets_have_a_validation_part(name):
    path = Path(__file__).parents[2] / f"resources/examples/{name}.nns"
    assert Project.open(path).load_data().watched == Split.VALIDATION


def test_iris_is_standardised_on_the_training_part():
    data = load("iris", {})
    np.testing.assert_allclose(data.x_train.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(data.x_train.std(0), 1, atol=1e-5)
    assert data.classes == ("setosa", "versicolor", "virginica")


def test_an_autoencoder_learns_the_picture_itself():
    digits, pictures = load("mnist", {}), load("mnist", {"target": "picture"})
    assert np.array_equal(pictures.x_train, digits.x_train)
    assert np.array_equal(pictures.y_test, pictures.x_test.reshape(1000, 784))
    assert not pictures.classes and pictures.fitting_loss == "mse"
    assert len(pictures.targets) == pictures.target_width == 784


def test_shakespeare_is_characters_and_what_follows_them():
    data = load("shakespeare", {"length": 20, "samples": 900})
    shipped = files("nnstudio.resources").joinpath("datasets/shakespeare.txt").read_text(encoding="utf-8")
    assert data.x_train.shape == (900, 20) and data.x_test.shape == (100, 20)
    marks = [{"space": " ", "line end": "\n"}.get(name, name) for name in data.classes]
    cut = round(len(shipped) * 0.9)
    parts = (
        (data.x_train, data.y_train, shipped[:cut]),
        (data.x_test, data.y_test, shipped[cut:]),
    )
    for x, y, text in parts:
        for row, following in zip(x, y, strict=True):
            assert "".join(marks[int(i)] for i in (*row, following[0])) in text
