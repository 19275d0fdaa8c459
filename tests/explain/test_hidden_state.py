"""The state after every step is what the engine gives where a layer gives all steps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from explain.small_series import SALES, WINDOW, series_of

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import load
from nnstudio.explain.hidden_state import HiddenStateProbe, Memory, NoState
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

UNITS = 5


def reading(data, kind: str, **options) -> Session:
    """A recurrent layer, and behind it what makes a prediction of all that it gives."""
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("r", kind, {"units": UNITS, **options}, ("i",)),
        NodeSpec("f", "flatten", {}, ("r",)),
        NodeSpec("d", "dense", {"units": 1}, ("f",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    session = Session(NetworkSpec(nodes), data, TrainingSettings(loss="mse", seed=2))
    session.single_step()
    return session


def seen(session, node="r", sample=1, memory=Memory.STATE, own=None):
    (result,) = HiddenStateProbe(node, sample, memory, own).run(session)
    return result


def with_weights_of(other: Session, session: Session) -> Session:
    """The recurrent layer's own weights, which come first in both."""
    count = sum(v.size for name, v in session.arrays().items() if name.startswith("r."))
    other.parameters[:count] = session.parameters[:count]
    return other


@pytest.mark.parametrize("kind", ["simplernn", "lstm", "gru"])
@pytest.mark.parametrize("options", [{}, {"reverse": True}, {"bidirectional": True}])
def test_a_layer_that_gives_its_last_step_had_those_of_one_that_gives_all(tmp_path, kind, options):
    data = series_of(tmp_path, season_inputs=True)
    last = reading(data, kind, **options)
    whole = with_weights_of(reading(data, kind, return_sequences=True, **options), last)
    state = seen(last)
    engine = whole.predict(data.part(data.watched)[0][1:2], "r")[0]
    assert state.values == pytest.approx(engine.T, abs=1e-5)
    assert seen(whole).values == pytest.approx(engine.T, abs=1e-5)
    assert state.has_cell == (kind == "lstm") and state.memory == Memory.STATE


def test_the_memory_cell_of_an_lstm_ends_as_the_engine_gives_it(tmp_path):
    data = series_of(tmp_path)
    session = reading(data, "lstm", gives="cell")
    cell = seen(session, memory=Memory.CELL)
    engine = session.predict(data.part(data.watched)[0][1:2], "r")[0]
    assert cell.values[:, -1] == pytest.approx(engine, abs=1e-5)
    assert cell.values.shape == (UNITS, WINDOW)
    state = seen(session).values
    assert not np.allclose(state, cell.values)
    assert (np.abs(state) <= np.abs(np.tanh(cell.values)) + 1e-6).all(), "a gate makes it only smaller"


def test_a_gru_has_no_cell_whatever_is_asked_for(tmp_path):
    session = reading(series_of(tmp_path), "gru")
    assert seen(session, memory=Memory.CELL).memory == Memory.STATE


def test_steps_of_a_series_are_called_by_their_dates_and_values(tmp_path):
    session = reading(series_of(tmp_path, log=True, change_from="row before"), "gru")
    state, data = seen(session), session.data
    end = int(data.series.ends[data.watched][1])
    rows = range(end - WINDOW, end)
    assert [text.split(":")[0] for text in state.inputs] == [
        f"{1990 + r // 12}-{r % 12 + 1:02}" for r in rows
    ]
    assert state.line == pytest.approx([SALES[row] for row in rows], rel=1e-5)
    assert state.truth and state.prediction


def test_of_an_own_sample_the_numbers_that_enter_are_told(tmp_path):
    data = series_of(tmp_path)
    own = tuple(float(v) for v in data.x_train[0].ravel())
    state = seen(reading(data, "lstm"), own=own)
    assert (state.sample, state.truth) == (-1, "")
    assert state.line == pytest.approx(SALES[:WINDOW], rel=1e-5)


def test_steps_of_a_text_are_its_tokens(tmp_path):
    path = tmp_path / "song.txt"
    path.write_text("".join(f"{n} green bottles\n" for n in range(60)))
    data = load("text", {"path": str(path), "window": 6, "samples": 100})
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("e", "embedding", {"size": len(data.classes), "dimensions": 3}, ("i",)),
        NodeSpec("r", "lstm", {"units": UNITS}, ("e",)),
        NodeSpec("d", "dense", {"units": len(data.classes)}, ("r",)),
        NodeSpec("s", "softmax", {}, ("d",)),
        NodeSpec("o", "output", {}, ("s",)),
    )
    session = Session(NetworkSpec(nodes), data, TrainingSettings(loss="softmax_cross_entropy"))
    state = seen(session, sample=0)
    window = data.part(data.watched)[0][0]
    assert state.inputs == tuple(data.classes[int(n)] for n in window) and not len(state.line)
    assert state.values[:, -1] == pytest.approx(session.predict(window[None], "r")[0], abs=1e-5)


def test_another_node_shows_the_first_layer_and_a_network_without_one_says_so(tmp_path):
    data = series_of(tmp_path)
    session = reading(data, "lstm")
    assert seen(session, node="d").node == seen(session, node="gone").node == "r"
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("f", "flatten", {}, ("i",)),
        NodeSpec("d", "dense", {"units": 1}, ("f",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    plain = Session(NetworkSpec(nodes), replace(data), TrainingSettings(loss="mse"))
    assert isinstance(seen(plain, node="d"), NoState)


@pytest.mark.parametrize("kind", ["lstm", "gru"])
def test_gates_that_are_closed_for_good_are_no_reason_to_warn(tmp_path, kind):
    session = reading(series_of(tmp_path), kind)
    session.parameters[:] = -1e5
    result = seen(session)
    assert np.isfinite(result.values).all() and np.abs(result.values).max() <= 1.0
