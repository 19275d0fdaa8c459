"""At the ends of a network numbers are told as the data has them; before an Output they are called scaled."""

from __future__ import annotations

import numpy as np
import pytest
from doctor.corpus.building import clouds, columns_of, dense, project, table

from nnstudio.explain.activations import ActivationProbe
from nnstudio.explain.end_numbers import own_names, own_numbers
from nnstudio.explain.thumbnails import ChosenSample, ThumbnailsProbe
from nnstudio.model.document import DataReference
from nnstudio.project import open_example

THIRD = ChosenSample(2)


def shown(session, *nodes, chosen=THIRD):
    (result,) = ThumbnailsProbe(nodes, (), chosen).run(session)
    return result.thumbnails


def test_of_a_series_of_changes_the_output_tells_a_value_of_the_table():
    session = open_example("passengers").session()
    output = session.layout.output
    (before,) = session.layout.nodes[output].inputs
    seen = shown(session, before, output)
    told = [r for r in ActivationProbe(output, 2).run(session) if r is not None][-1].prediction
    assert seen[output].names == ("Passengers",)
    assert seen[output].told == pytest.approx((float(told),), rel=0.01)
    assert seen[before].names == ("scaled change of log of Passengers",) and seen[before].told == ()


def test_what_a_person_made_is_in_no_table_and_told_as_a_change():
    session = open_example("passengers").session()
    own = ChosenSample(0, tuple(np.ravel(session.samples()[0][0]).tolist()))
    output = session.layout.output
    seen = shown(session, output, chosen=own)[output]
    data = session.data
    assert seen.names == ("change of log of Passengers",)
    given = seen.values * np.ravel(data.y_scale) + np.ravel(data.y_shift)
    np.testing.assert_allclose(seen.told, given, rtol=1e-3)


def prices(folder, *, is_scaled: bool):
    x, _ = clouds(120, features=3, seed=70)
    cells = columns_of(x, price=(x[:, 0] * 80 + 400).round(1))
    told = {} if is_scaled else {"columns": "price: as it is"}
    data = table(folder, "prices", cells, task="number", **told)
    return project(data, dense(8), "tanh", dense(1), loss="mse").session()


def test_a_target_of_a_table_is_told_in_its_unit(tmp_path):
    session = prices(tmp_path, is_scaled=True)
    seen = shown(session, "dense_2", "output_1")
    told = [r for r in ActivationProbe("output_1", 2).run(session) if r is not None][-1].prediction
    assert seen["output_1"].names == ("price",) and seen["dense_2"].names == ("scaled price",)
    assert seen["output_1"].told == pytest.approx((float(told),), rel=0.01)
    assert seen["output_1"].told[0] > 100 and seen["dense_2"].told == ()


def test_where_nothing_is_scaled_nothing_is_said_of_it(tmp_path):
    session = prices(tmp_path, is_scaled=False)
    seen = shown(session, "dense_2", "output_1")
    assert seen["dense_2"].names == seen["output_1"].names == ("price",)
    assert seen["output_1"].told == ()


def test_classes_are_not_scaled():
    session = open_example("iris").session()
    for node in ("dense_2", "output_1"):
        assert own_names(session, node) == session.data.classes
        assert own_numbers(session, node, np.zeros(3, np.float32)) == ()


def test_what_only_gives_on_what_entered_has_the_names_of_that_and_says_that_it_is_scaled():
    data = DataReference("iris")
    session = project(
        data, "flatten", "dropout", dense(8), "relu", dense(3), "softmax", loss="softmax_cross_entropy"
    ).session()
    features = session.data.features
    seen = shown(session, "flatten_1", "dropout_1", "dense_1")
    for node in ("flatten_1", "dropout_1"):
        assert seen[node].names == tuple(f"scaled {name}" for name in features)
        assert seen[node].headline == "scaled inputs" and seen[node].short_names == features
        assert seen[node].told == ()
    assert seen["dense_1"].names == () and seen["dense_1"].headline == ""


def test_what_entered_in_its_own_unit_is_given_on_under_its_name_alone(tmp_path):
    cells = columns_of(clouds(120, features=3, seed=71)[0], price=np.arange(120))
    data = table(tmp_path, "plain", cells, task="number", columns="x1: as it is; x2: as it is")
    session = project(data, "flatten", dense(1), loss="mse").session()
    first, second, third = session.data.features
    assert shown(session, "flatten_1")["flatten_1"].names == (first, second, f"scaled {third}")
