"""A filter passing over a picture: input, kernel, output and arithmetic, computed here in plain loops."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.data.known_kernels import KNOWN_KERNELS, SHARPEN
from nnstudio.explain.filtering import Filtering, FilteringProbe, NoFilter, known_values
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session
from nnstudio.training.weights import set_weight


def session_of(shape: tuple[int, ...], *layers: tuple[str, str, dict]) -> Session:
    """Pictures of a shape, layers one behind the other, and a number to predict."""
    rng = np.random.default_rng(3)
    x = rng.normal(size=(4, *shape)).astype(np.float32)
    data = Dataset("pictures", x[:2], np.ones((2, 1), np.float32), x[2:], np.ones((2, 1), np.float32))
    nodes, before = [NodeSpec("i", "input")], "i"
    for name, kind, options in (*layers, ("f", "flatten", {}), ("d", "dense", {"units": 1})):
        nodes.append(NodeSpec(name, kind, options, (before,)))
        before = name
    nodes.append(NodeSpec("o", "output", {}, (before,)))
    session = Session(NetworkSpec(tuple(nodes)), data, TrainingSettings())
    session.parameters[:] = rng.normal(size=session.parameters.shape)
    return session


def seen(session: Session, node: str = "c", chosen: int = 0, sample: int = 0) -> Filtering:
    (result,) = FilteringProbe(node, chosen, sample).run(session)
    assert isinstance(result, Filtering)
    return result


@pytest.mark.parametrize(
    ("options", "start", "step", "spread"),
    [
        ({}, (-1, -1), 1, 1),
        ({"padding": "valid"}, (0, 0), 1, 1),
        ({"kernel_size": 5}, (-2, -2), 1, 1),
        ({"stride": 2, "padding": "number", "pad": 1}, (-1, -1), 2, 1),
        ({"dilation": 2}, (-2, -2), 1, 2),
        ({"two_lengths": True, "kernel_size": 1, "kernel_width": 4}, (0, -1), 1, 1),
        ({"bias": False}, (-1, -1), 1, 1),
    ],
)
def test_every_position_is_what_a_plain_loop_gives(options, start, step, spread):
    session = session_of((7, 6, 2), ("c", "conv2d", {"filters": 3, **options}))
    result = seen(session, chosen=2, sample=1)
    arrays = session.arrays()
    weight, bias = arrays["c.weight"].astype(float), arrays.get("c.bias", np.zeros(3)).astype(float)
    picture = session.data.x_test[1].astype(float)
    np.testing.assert_array_equal(result.source, session.data.x_test[1])
    assert result.is_input and (result.sample, result.samples, result.filters) == (1, 2, 3)
    assert (result.bias is None) == (not options.get("bias", True))
    for row, column in np.ndindex(result.output.shape):
        total, inside = bias[2], 0
        for i, j in np.ndindex(weight.shape[:2]):
            at = (start[0] + row * step + i * spread, start[1] + column * step + j * spread)
            if 0 <= at[0] < 7 and 0 <= at[1] < 6:
                inside += 1
                total += sum(picture[at][k] * weight[i, j, k, 2] for k in range(2))
        window = result.window(row, column)
        assert window.total == pytest.approx(total, abs=1e-9)
        assert float(result.output[row, column]) == pytest.approx(total, abs=1e-4)
        assert window.is_inside.sum() == inside
        assert window.sums.sum() + bias[2] == pytest.approx(total, abs=1e-9)
        assert (window.rows[0], window.columns[0]) == (start[0] + row * step, start[1] + column * step)


def test_a_filter_of_a_group_sees_its_own_channels():
    session = session_of((5, 5, 6), ("c", "conv2d", {"filters": 4, "groups": 2}))
    result = seen(session, chosen=3)
    assert result.first == 3 and result.source.shape == (5, 5, 3)
    np.testing.assert_array_equal(result.source, session.data.x_test[0][..., 3:])
    assert result.window(2, 2).total == pytest.approx(float(result.output[2, 2]), abs=1e-4)


def test_behind_other_layers_the_source_is_what_they_give():
    first = ("a", "conv2d", {"filters": 2})
    session = session_of((5, 5, 1), first, ("r", "relu", {}), ("c", "conv2d", {"filters": 1}))
    result = seen(session)
    assert not result.is_input and result.source.min() == 0.0 and result.source.shape == (5, 5, 2)
    assert result.window(0, 4).total == pytest.approx(float(result.output[0, 4]), abs=1e-4)


def test_where_none_is_selected_the_first_one_is_seen_and_where_there_is_none_that():
    session = session_of((5, 5, 1), ("a", "conv2d", {"filters": 2}), ("c", "conv2d", {"filters": 1}))
    assert [seen(session, node).node for node in ("", "r", "c", "gone")] == ["a", "a", "c", "a"]
    assert seen(session, "c", chosen=7).filter == 0
    (nothing,) = FilteringProbe("d").run(session_of((5, 5, 1)))
    assert nothing == NoFilter(0)


def test_a_flat_index_is_where_the_engine_has_the_weight():
    session = session_of((5, 5, 2), ("c", "conv2d", {"filters": 3}))
    result = seen(session, chosen=1)
    set_weight(session, "c", "weight", result.index(2, 0, 1), 7.5)
    assert session.arrays()["c.weight"][2, 0, 1, 1] == 7.5
    assert seen(session, chosen=1).weight[2, 0, 1] == 7.5


def test_what_is_no_number_is_in_the_sums_but_not_where_there_is_padding():
    session = session_of((5, 5, 1), ("c", "conv2d", {"filters": 1}))
    set_weight(session, "c", "weight", seen(session).index(0, 0, 0), float("nan"))
    result = seen(session)
    assert np.isnan(result.window(2, 2).total) and np.isfinite(result.window(0, 0).total)
    hot = replace(result, weight=np.full((3, 3, 1), np.inf, np.float32), source=np.zeros((5, 5, 1)))
    assert np.isnan(hot.window(2, 2).total)


@pytest.mark.parametrize(
    ("size", "chosen"), [(3, SHARPEN), (5, SHARPEN), *((3, kernel) for kernel in KNOWN_KERNELS)]
)
def test_a_known_kernel_is_written_in_the_middle_of_its_channel_and_filter_alone(size, chosen):
    session = session_of((6, 6, 2), ("c", "conv2d", {"filters": 2, "kernel_size": size}))
    before = session.arrays()
    weight = before["c.weight"].copy()
    for name, index, value in known_values(chosen, weight.shape, 1, 0, True):
        set_weight(session, "c", name, index, value)
    after = session.arrays()
    ring = (size - 3) // 2
    weight[:, :, 1, 0] = np.pad(np.array(chosen.rows, np.float32), ring)
    np.testing.assert_array_equal(after["c.weight"], weight)
    assert after["c.bias"].tolist() == [0.0, before["c.bias"][1]]
