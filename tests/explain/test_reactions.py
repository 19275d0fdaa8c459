"""Each unit's strongest samples are those that give it most, cut to just what its value depends on."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset, Split
from nnstudio.explain.reactions import MOST_UNITS, STRONGEST, ReactionsProbe
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

SHAPE = (11, 13, 2)
TAIL = [("flat", "flatten", {}, None), ("scores", "dense", {"units": 3}, None), ("out", "output", {}, None)]


def session_of(*layers: tuple[str, str, dict[str, object], tuple[str, ...] | None]) -> Session:
    """Layers (id, kind, options, inputs), behind the one before where no inputs are named."""
    nodes, before = [NodeSpec("in", "input")], "in"
    for name, kind, options, inputs in [*layers, *TAIL]:
        nodes.append(NodeSpec(name, kind, options, inputs or (before,)))
        before = name
    rng = np.random.default_rng(3)
    x, y = rng.random((20, *SHAPE), np.float32), (np.arange(20, dtype=np.float32) % 3)[:, None]
    data = Dataset("small", x, y, x[:0], y[:0], ("cat", "dog", "owl"))
    return Session(NetworkSpec(tuple(nodes)), data, TrainingSettings(loss="softmax_cross_entropy"))


def result_of(session: Session, node: str):
    return [r for r in ReactionsProbe(node).run(session) if r is not None][-1]


CONV = ("conv", "conv2d", {"filters": 4, "kernel_size": 3}, None)
POOL = ("pool", "maxpool2d", {}, None)
SECOND = ("second", "conv2d", {"filters": 5, "kernel_size": 3, "padding": "valid"}, None)
STEPS = ("conv", "conv2d", {"kernel_size": 3, "stride": 2, "dilation": 2}, None)
LARGE = {"filters": 4, "kernel_size": 5}
SUM = [CONV, ("large", "conv2d", LARGE, None), ("sum", "add", {}, ("large", "conv"))]
JOINED = [CONV, ("large", "conv2d", LARGE, ("in",)), ("both", "concatenate", {}, ("conv", "large"))]
NETWORKS = {
    "a convolution": ([CONV], "conv", (3, 3)),
    "pooled": ([CONV, POOL], "pool", (4, 4)),
    "a second convolution": ([CONV, POOL, SECOND], "second", (8, 8)),
    "steps and gaps": ([STEPS], "conv", (5, 5)),
    "a sum over a shortcut": (SUM, "sum", (7, 7)),
    "joined channels": (JOINED, "both", (5, 5)),
    "a unit": ([CONV, POOL], "scores", SHAPE[:2]),
}


@pytest.mark.parametrize("name", NETWORKS)
def test_nothing_outside_of_a_part_moves_the_value_and_its_border_does(name):
    layers, node, seen = NETWORKS[name]
    session = session_of(*layers)
    x = session.samples()[0]
    values = session.predict(x, node)
    told = result_of(session, node)
    assert told.seen == seen and told.units == values.shape[-1] and told.count == 20
    assert told.part == Split.TRAINING
    for unit, reaction in enumerate(told.reactions):
        own = values[..., unit].reshape(20, -1)
        order = sorted(range(20), key=lambda n, own=own: -own[n].max())[:STRONGEST]
        assert reaction.samples == tuple(order)
        assert reaction.values == pytest.approx([own[n].max() for n in order])
        sample, part = x[order[0]], reaction.parts[0]
        inside = ~np.isnan(part[..., 0])
        top, left = where(sample, part)
        h, w = inside.any(1).sum(), inside.any(0).sum()
        changed = np.repeat(sample[None], 2, 0)
        kept = changed[0, top : top + h, left : left + w].copy()
        changed[0] += 0.5
        changed[0, top : top + h, left : left + w] = kept
        changed[1, top, left] += 0.5
        at = int(own[order[0]].argmax())
        without, moved = session.predict(changed, node)[..., unit].reshape(2, -1)[:, at]
        assert without == pytest.approx(own[order[0]].max(), rel=1e-5)
        if node not in ("pool", "second"):
            # Behind a pool, another window may be the largest.
            assert moved != own[order[0]].max()


def where(sample: np.ndarray, part: np.ndarray) -> tuple[int, int]:
    """Row and column at which what is no NaN of a part was cut from a sample."""
    inside = ~np.isnan(part[..., 0])
    rows, columns = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    cut = part[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    h, w, _c = cut.shape
    positions = [
        (i, j)
        for i in range(SHAPE[0] - h + 1)
        for j in range(SHAPE[1] - w + 1)
        if np.array_equal(sample[i : i + h, j : j + w], cut)
    ]
    assert len(positions) == 1
    return positions[0]


def test_a_unit_that_gives_the_same_for_all_reacts_to_nothing():
    session = session_of(CONV, ("relu", "relu", {}, None))
    slot = next(s for s in session.layout.parameters if s.node == "conv" and s.name == "bias")
    session.parameters[slot.offset + 2] = -1e6
    told = result_of(session, "relu")
    assert [bool(reaction.samples) for reaction in told.reactions] == [True, True, False, True]


def test_values_that_are_no_numbers_are_left_out():
    session = session_of(CONV)
    session.parameters[:] = np.nan
    assert all(not reaction.samples for reaction in result_of(session, "conv").reactions)


def test_units_of_classes_bear_their_names_and_of_many_filters_the_first_are_told():
    session = session_of(("many", "conv2d", {"filters": MOST_UNITS + 3}, None))
    assert [reaction.name for reaction in result_of(session, "scores").reactions] == ["cat", "dog", "owl"]
    told = result_of(session, "many")
    assert len(told.reactions) == MOST_UNITS and told.units == MOST_UNITS + 3


@pytest.mark.parametrize("node", ["rows", "gone"])
def test_what_is_no_picture_and_no_row_of_units_has_no_reactions(node):
    session = session_of(("rows", "reshape", {"target": "11, 26"}, None))
    assert result_of(session, node).reactions == ()
