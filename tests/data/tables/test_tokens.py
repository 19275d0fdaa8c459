"""Categories of many values: numbers for an Embedding, what is unknown is told, and new rows get the same."""

from __future__ import annotations

import zipfile

import numpy as np
import pandas as pd
import pytest

from nnstudio.data.dataset import load
from nnstudio.data.new_rows import read_new_rows
from nnstudio.data.tables.encoders import TokenEncoder
from nnstudio.data.tables.fitting import fit
from nnstudio.data.tables.settings import Coding, ColumnType, with_word
from nnstudio.model.document import DataReference
from nnstudio.model.projectfile import FORMAT
from nnstudio.model.tokens import Tokens
from nnstudio.project import Project

EMBEDDING = {"coding": Coding.EMBEDDING}


def encoder_of(values: list[object], fills: bool = False, common: int = 0) -> TokenEncoder:
    encoder = fit(ColumnType.CATEGORY, pd.Series(values, name="a"), fills, {**EMBEDDING, "common": common})
    assert isinstance(encoder, TokenEncoder)
    return encoder


def written(path, count=1200, values=120):
    lines = [f"{i % 7},s{i % values},{'yes' if i % values < values / 2 else 'no'}" for i in range(count)]
    path.write_text("x,shop,y\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture
def shops(tmp_path):
    """Loads a table of 120 shops with options."""
    path = written(tmp_path / "shops.csv")
    return lambda **options: load("csv", {"path": str(path), **options})


def test_values_of_at_least_two_rows_are_numbers_from_1():
    encoder = encoder_of(["b", "a", "b", "a", "c", "b"])
    assert encoder.features == ("a",) and encoder.quantities == 0 and encoder.size == 3
    encoded = encoder.encode(pd.Series(["a", "b", "c", "z", None]))
    assert encoded.values[:4, 0].tolist() == [1, 2, 0, 0] and np.isnan(encoded.values[4, 0])
    assert encoded.unknown.tolist() == [False, False, True, True, False] and not encoded.wrong.any()
    assert (encoder.rare, encoder.unknown_rows, encoder.filled_with) == (1, 1, "")


def test_missing_values_are_unknown_where_training_had_some():
    encoder = encoder_of([7, 7, None, 9, 9], True)
    assert encoder.encode(pd.Series([9, None])).values[:, 0].tolist() == [2, 0]
    assert encoder.filled_with.startswith("0") and encoder.unknown_rows == 1


def test_blanks_around_values_do_not_count():
    encoder = encoder_of(["a", " a", "b ", "b"])
    assert encoder.values == ("a", "b") and encoder.encode(pd.Series(["b", " b "])).values.tolist() == [
        [2],
        [2],
    ]


def test_it_is_plain_data_that_tells_the_numbers():
    assert encoder_of(["b", "b", "a", "a"]).plain() == {
        "column": "a", "type": "category", "coding": "embedding", "values": ["a", "b"], "gaps": False,
    }  # fmt: skip


def test_categories_of_many_values_enter_unscaled_and_it_is_said(shops):
    data = shops()
    assert data.features == ("x", "shop") and data.tokens == (Tokens((1,), 121),)
    assert np.array_equal(np.unique(data.x_train[:, 1]), np.arange(1, 121))
    assert (data.x_shift[1], data.x_scale[1]) == (0, 1) and abs(data.x_train[:, 0].mean()) < 1e-5
    (note,) = (note for note in data.notes if "'shop'" in note)
    assert note == (
        "'shop' enters as the numbers 1 to 120 of its values, for an Embedding whose size must be 121 or "
        "more; 0 stands for unknown ones. No training row has an unknown one, so nothing is learned of those."
    )


def test_rare_values_are_counted(tmp_path):
    path = written(tmp_path / "t.csv")
    path.write_text(path.read_text() + "".join(f"1,rare {i},yes\n" for i in range(50)))
    data = load("csv", {"path": str(path)})
    (tokens,) = data.tokens
    assert tokens.size == 121
    (note,) = (note for note in data.notes if "'shop'" in note)
    rare, held_back = int((data.x_train[:, 1] == 0).sum()), 50 - int((data.x_train[:, 1] == 0).sum())
    assert f"{rare} values are in a single training row each and count as unknown." in note
    assert f"So do the values of {held_back} held-back rows." in note and "nothing is learned" not in note


@pytest.mark.parametrize(
    "columns, count, values, told",
    [
        ("", 300, 300, "300 different values in 300 rows, too few rows of each"),
        ("", 300, 200, "If they are categories, set Columns to shop: embedding."),
        ("", 11_000, 5001, "more than 5,000 are not taken unasked"),
        ("shop: one-hot", 1200, 120, "at most 100 get an input each"),
    ],
)
def test_what_an_embedding_would_not_learn_is_left_out(tmp_path, columns, count, values, told):
    path = written(tmp_path / "t.csv", count, values)
    data = load("csv", {"path": str(path), "columns": columns})
    assert data.features == ("x",) and not data.tokens
    assert any("Column 'shop' is left out" in note and told in note for note in data.notes)


def test_a_person_chooses_the_coding(tmp_path):
    path = written(tmp_path / "t.csv", 200, 20)
    assert len(load("csv", {"path": str(path)}).features) == 21
    embedded = load("csv", {"path": str(path), "columns": "shop: embedding; x: embedding"})
    assert embedded.tokens == (Tokens((0,), 8), Tokens((1,), 21))
    assert with_word("shop: embedding", "shop", "one-hot", "y")[0] == "shop: category, one-hot"
    assert with_word("shop: embedding", "shop", "number", "y")[0] == "shop: number"
    assert with_word("shop: embedding", "shop", "guess type", "y")[0] == ""
    assert with_word("shop: embedding", "shop", "guess coding", "y")[0] == "shop: category"


def test_the_size_suffices_whatever_part_is_learned_from(tmp_path):
    path = written(tmp_path / "t.csv", 500, 150)
    data = [load("csv", {"path": str(path), "seed": i, "fold": f"{i} of 3"}) for i in (1, 2, 3)]
    assert {d.tokens[0].size for d in data} == {151}
    assert all(d.all_inputs()[:, 1].max() < 151 for d in data)


def test_new_rows_get_the_same_numbers_and_unknown_values_are_named(shops, tmp_path):
    data, path = shops(), tmp_path / "new.csv"
    path.write_text("shop,x\ns0,1\nnowhere,2\n,3\n")
    new = read_new_rows(path, {}, data)
    assert new.x.tolist() == [[1, 1], [2, 0]] and new.answered.tolist() == [True, True, False]
    missing, unknown = new.notes
    assert "'shop' is missing in data row 3" in missing
    assert unknown == (
        "'shop' has values that fewer than 2 training rows have: 'nowhere' in data row 2. They count as "
        "unknown, which no training row is: these predictions are guesses."
    )


def test_an_older_project_leaves_them_out_as_it_did(tmp_path):
    path = written(tmp_path / "t.csv")
    project = Project()
    project.document.data = DataReference("csv", {"path": str(path)})
    project.save(tmp_path / "new.nns")
    assert Project.open(tmp_path / "new.nns").load_data().features == ("x", "shop")
    with zipfile.ZipFile(tmp_path / "new.nns") as new, zipfile.ZipFile(tmp_path / "old.nns", "w") as old:
        for name in new.namelist():
            content = new.read(name)
            old.writestr(name, content.replace(f'"format": {FORMAT}'.encode(), b'"format": 6'))
    assert Project.open(tmp_path / "old.nns").load_data().features == ("x",)
