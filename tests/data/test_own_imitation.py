"""Samples of one's own for a generator: numbers of a table, pictures of any folder; and its network."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from nnstudio.data.dataset import DataError, load, sources
from nnstudio.data.imitation import ORIGINS
from nnstudio.from_data import possible_sources, project_from_data, read_as, source_of
from nnstudio.model.document import DataReference


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "people.csv"
    rows = "".join(f"{150 + i % 7},{50 + 2 * (i % 11)},n{i}\n" for i in range(60))
    path.write_text("height,weight,name\n" + rows + ",55,gap\n")
    return path


@pytest.fixture
def pictures(tmp_path):
    folder = tmp_path / "shots"
    folder.mkdir()
    for i in range(20):
        Image.fromarray(np.full((9, 9, 3), 10 * i, np.uint8)).save(folder / f"{i}.png")
    return folder


def test_the_numbers_of_a_table_are_imitated_on_one_scale(table):
    data = load("imitation_table", {"path": str(table)})
    assert data.features == ("height", "weight") and data.classes == ORIGINS
    assert all((y == ORIGINS.index("real")).all() for y in (data.y_train, data.y_test, data.y_validation))
    np.testing.assert_allclose(data.x_train.mean(0), 0, atol=1e-5)
    np.testing.assert_allclose(data.x_train.std(0), 1, atol=1e-5)
    heights = np.concatenate([data.x_train, data.x_validation, data.x_test])[:, 0] * data.x_scale[0]
    assert sorted(set(np.rint(heights + data.x_shift[0]).tolist())) == [150.0 + i for i in range(7)]
    told = " ".join(data.notes)
    assert "no numbers: name." in told and "1 row left out" in told and "two columns" not in told


def test_columns_can_be_named_and_what_cannot_be_is_a_sentence(table, tmp_path):
    data = load("imitation_table", {"path": str(table), "inputs": "weight"})
    assert data.input_shape == (1,) and any("two columns" in note for note in data.notes)
    with pytest.raises(DataError, match=r"no column of numbers 'name'. It has: 'height', 'weight'"):
        load("imitation_table", {"path": str(table), "inputs": "name"})
    few = tmp_path / "few.csv"
    few.write_text("a\n1\n2\n3\n")
    with pytest.raises(DataError, match="has 3 rows without gaps"):
        load("imitation_table", {"path": str(few)})


def test_a_table_is_learned_from_unless_a_person_says_otherwise(table):
    assert source_of(table).id == "csv"
    assert sources["imitation_table"] in possible_sources(table)
    # Who drops it onto a generator wants it imitated.
    proposed = read_as(DataReference("imitation", {"shape": "ring", "test_ratio": 0.1}), table)
    assert proposed is not None and proposed.source.id == "imitation_table"
    assert proposed.project.document.data.options["test_ratio"] == 0.1


def test_a_generator_and_its_judge_are_proposed_for_rows(table):
    proposed = project_from_data(table, {}, kind="imitation_table")
    graph, settings = proposed.project.document.graph, proposed.project.document.settings
    assert {node.name: node.kind for node in graph.nodes}["Generated"] == "dense"
    assert next(n for n in graph.nodes if n.name == "Generated").options["units"] == 2
    assert settings.extras["turns"] == "judge 1, generator 1" and set(settings.groups) == {
        "judge",
        "generator",
    }
    assert "look at them" in proposed.proposal.reason


def test_pictures_of_a_folder_without_classes_are_imitated(pictures):
    assert source_of(pictures).id == "imitation_pictures"
    proposed = project_from_data(pictures, {"size": 6, "colour": False}, kind="imitation_pictures")
    generated = next(n for n in proposed.project.document.graph.nodes if n.name == "Generated")
    assert generated.options["target"] == "6, 6, 1" and proposed.data.x_train.shape[1:] == (6, 6, 1)
    assert proposed.data.x_train.min() >= 0 and proposed.data.x_train.max() <= 1


def test_too_few_pictures_are_refused(tmp_path):
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(tmp_path / "one.png")
    with pytest.raises(DataError, match="holds 1 picture, and a generator needs 10"):
        load("imitation_pictures", {"path": str(tmp_path)})
