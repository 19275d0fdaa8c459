"""Arrays at the ends of a network are named by the data's inputs, targets and classes."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnstudio.explain.end_names import names_along, names_of_units
from nnstudio.explain.weights import Aspect, WeightsProbe
from nnstudio.from_data import project_from_data
from nnstudio.training.session import Session
from nnstudio.training.weights import slots_of


def session_on(path: Path, target: str, values: list[str]) -> Session:
    rows = "".join(f"{i},{i % 7},{values[i % len(values)]}\n" for i in range(300))
    path.write_text(f"age,size,{target}\n{rows}")
    return project_from_data(path, {}).project.session()


def names_by_layer(session: Session) -> list[tuple[tuple[str, ...], ...]]:
    dense = [n.id for n in session.layout.nodes.values() if n.layer.id == "dense"]
    return [names_along(session, node, slots_of(session, node)["weight"]) for node in dense]


def test_the_first_layer_has_the_inputs_down_and_the_last_the_target_across(tmp_path):
    first, *between, last = names_by_layer(session_on(tmp_path / "t.csv", "price", ["1.5", "2.5", "9"]))
    assert first == (("age", "size"), ()) and last == ((), ("price",))
    assert all(names == ((), ()) for names in between)


@pytest.mark.parametrize("classes", [["cat", "dog", "owl"], ["no", "yes"]])
def test_the_last_layer_has_the_classes_across(tmp_path, classes):
    session = session_on(tmp_path / "t.csv", "kind", classes)
    width = session.layout.nodes[session.layout.output].shape[0]
    assert names_by_layer(session)[-1][1] == (tuple(classes) if width == len(classes) else ("yes",))


def test_units_at_the_ends_are_named(tmp_path):
    session = session_on(tmp_path / "t.csv", "kind", ["cat", "dog", "owl"])
    nodes = list(session.layout.nodes.values())
    logits = [n.id for n in nodes if n.layer.id == "dense"][-1]
    assert names_of_units(session, nodes[0].id) == ("age", "size")
    for node in (logits, session.layout.output):
        assert names_of_units(session, node) == ("cat", "dog", "owl")
    hidden = next(n.id for n in nodes if n.layer.id == "dense")
    assert names_of_units(session, hidden) == ()


@pytest.mark.parametrize("what", [Aspect.VALUES, Aspect.DATA_UNITS, Aspect.GRADIENT])
def test_all_that_is_shown_of_an_array_is_named(tmp_path, what):
    session = session_on(tmp_path / "t.csv", "price", ["1.5", "2.5", "9"])
    last = [n.id for n in session.layout.nodes.values() if n.layer.id == "dense"][-1]
    (weights,) = WeightsProbe(last, what).run(session)
    assert weights.arrays["weight"].names == ((), ("price",))
    assert weights.arrays["bias"].names == (("price",),)
