"""Pictures with a table of their labels: which table and column, and what is left out."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from nnstudio.data.dataset import DataError, load, sources
from nnstudio.from_data import project_from_data, source_of


def pictures(folder, names):
    """A picture of another shade for each name."""
    for i, name in enumerate(names):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((5, 5, 3), 10 + i, np.uint8)).save(path)


def by_shade(data):
    """Class or value of each picture by its shade."""
    parts = [data.part(split) for split in data.parts]
    x, y = (np.concatenate(values) for values in zip(*parts, strict=True))
    values = y[:, 0] * data.y_scale + data.y_shift
    told = [data.classes[int(v)] for v in values] if data.classes else np.ravel(values).tolist()
    return dict(zip(np.rint(x[:, 0, 0, 0] * 255).astype(int).tolist(), told, strict=True))


def read(folder, **options):
    return load("labelled_pictures", {"path": str(folder), "size": 4, **options})


@pytest.mark.parametrize(
    "cell",
    [
        "{:03}",
        "{:03}.jpg",
        "img/{:03}.jpg",
        ".\\img\\{:03}.jpg",
        "/old/x/{:03}.jpg",
    ],
)
def test_files_are_named_in_many_ways(tmp_path, cell):
    pictures(tmp_path / "img", [f"{i:03}.jpg" for i in range(10)])
    rows = [f"{cell.format(i)},{'cat' if i % 3 else 'dog'}" for i in range(10)]
    (tmp_path / "labels.csv").write_text("\n".join(["id,breed", *rows]))
    assert source_of(tmp_path).id == "labelled_pictures"
    data = read(tmp_path)
    assert by_shade(data) == {10 + i: "cat" if i % 3 else "dog" for i in range(10)}
    assert data.targets == ("breed",) and data.notes[0] == "6 × cat, 4 × dog."
    assert "'labels.csv' names the pictures in its column 'id', and their labels are 'breed'." in data.notes


def test_what_is_missing_is_counted_and_said(tmp_path):
    pictures(tmp_path, [f"{i}.png" for i in range(8)])
    rows = ["0;a", "1;b", "2;a", "3;b", "4;", "77;a", "78;b", "0;b"]
    (tmp_path / "t.csv").write_text("\n".join(["file;label;extra", *(f"{row};x" for row in rows)]))
    data = read(tmp_path)
    assert by_shade(data) == {10: "a", 11: "b", 12: "a", 13: "b"}
    told = " ".join(data.notes)
    assert "Not used: 'extra'." in told
    assert "2 of 8 rows name no picture in the folder, or several, and are left out: '77', '78'." in told
    assert "1 of 8 rows have no label, and are left out: '4'." in told
    assert "1 of 8 rows name a picture again, whose first row counts, and are left out: '0'." in told
    assert "3 pictures have no row in it and are left out: '5.png', '6.png', '7.png'." in told


def test_the_table_of_labels_is_preferred_and_others_are_named(tmp_path):
    pictures(tmp_path, [f"{part}/{i}.png" for part in ("train", "test") for i in range(6)])
    for name in ("train", "sample_submission"):
        rows = [f"{i},{'a' if name != 'train' else 'xy'[i % 2]}" for i in range(6)]
        (tmp_path / f"{name}.csv").write_text("\n".join(["id,label", *rows]))
    data = read(tmp_path)
    # In both folders there is a 0.png: train.csv means that of the folder train.
    assert by_shade(data) == {10 + i: "xy"[i % 2] for i in range(6)}
    told = " ".join(data.notes)
    assert "6 pictures have no row" in told
    with pytest.raises(DataError, match="does not hold 'none"):
        read(tmp_path, table="none.csv")


def test_many_numbers_are_a_regression_in_their_unit(tmp_path):
    pictures(tmp_path, [f"{i}.png" for i in range(30)])
    rows = [f"{i}.png\t{100 + 2.5 * i}\t{i % 2}" for i in range(30)]
    (tmp_path / "ages.tsv").write_text("\n".join(["file\tage\tsex", *rows]))
    data = read(tmp_path, label="age")
    assert not data.classes and data.targets == ("age",)
    np.testing.assert_allclose(data.y_train.mean(), 0, atol=1e-6)
    np.testing.assert_allclose(data.y_train.std(), 1, atol=1e-6)
    for shade, value in by_shade(data).items():
        assert value == pytest.approx(100 + 2.5 * (shade - 10), abs=1e-4)
    assert read(tmp_path, label="sex").classes == ("0", "1")
    assert not read(tmp_path, label="sex", task="number").classes


def test_a_column_that_is_not_there_is_told(tmp_path):
    pictures(tmp_path, ["0.png", "1.png"])
    (tmp_path / "t.csv").write_text("file,label\n0,a\n1,b\n")
    with pytest.raises(DataError, match=r"no column 'labl'\. Did you mean 'label'"):
        read(tmp_path, label="labl")


def test_folders_of_classes_beside_a_table_of_something_else_stay_classes(tmp_path):
    pictures(tmp_path, [f"{name}/{name}{i}.png" for name in ("cats", "dogs") for i in range(3)])
    rows = [f"{name}{i},{i + 100}" for name in ("cats", "dogs") for i in range(3)]
    (tmp_path / "sizes.csv").write_text("\n".join(["file,pixels", *rows]))
    assert source_of(tmp_path).id == "image_folder"
    (tmp_path / "sizes.csv").write_text("\n".join(["file,label", *rows]))
    assert source_of(tmp_path).id == "labelled_pictures"


def test_the_label_is_chosen_as_the_target_of_a_table(tmp_path):
    pictures(tmp_path, [f"{i}.png" for i in range(12)])
    rows = [f"{i},{'ab'[i % 2]},{'xyz'[i % 3]}" for i in range(12)]
    (tmp_path / "t.csv").write_text("\n".join(["file,label,kind", *rows]))
    proposed = project_from_data(tmp_path, {}, ["kind"])
    assert proposed.data.classes == ("x", "y", "z") and proposed.target == "kind"
    assert proposed.preview is not None and proposed.preview.rows[1] == ("1", "b", "y")


def test_a_folder_without_such_a_table_is_told(tmp_path):
    pictures(tmp_path, ["0.png", "1.png"])
    (tmp_path / "t.csv").write_text("a,b\n5,6\n7,8\n")
    with pytest.raises(DataError, match="with a column that names its 2 pictures"):
        read(tmp_path)
    assert not sources["labelled_pictures"].takes(tmp_path)
