"""Products of a library, and steps that are graphs of them, give what a processor gives."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from kernels.cuda.both import CLOSE, FAST, FULL, compare, gone, out_of_memory, planner_of, refused

from nnkernels.cuda.card import card
from nnkernels.cuda.graphs import PIECE_BY_PIECE
from nnkernels.cuda.library import Gemm
from nnkernels.cuda.program import NO_LIBRARY
from nnkernels.cuda.timing import step_times
from nnkernels.planning.hardware import HardwareError
from nnkernels.spec import layers

pytest_plugins = ("kernels.cuda.fixtures",)
# Of threads of the simulator, which the interpreter warns of numbers that are none.
pytestmark = pytest.mark.filterwarnings("ignore::RuntimeWarning")


# Of more weights than a small layer has, of which these are turned, or gradients; of windows with padding,
# strides, dilation, one position alone, groups (which no library does), and as many channels as for Winograd.
PICTURES: list[tuple[dict[str, Any], tuple[int, ...]]] = [
    ({"filters": 3}, (3, 4, 2)),
    ({"filters": 2, "stride": 2, "kernel_size": 2}, (5, 4, 3)),
    ({"filters": 3, "dilation": 2, "padding": "number", "pad": 2, "bias": False}, (4, 3, 2)),
    ({"filters": 3, "kernel_size": 1}, (3, 2, 2)),
    ({"filters": 4, "groups": 2}, (3, 3, 2)),
    ({"filters": 16}, (2, 2, 16)),
]
WHOLE: list[tuple[str, dict[str, Any], tuple[int, ...]]] = [
    ("dense", {"units": 37}, (19,)),
    ("dense", {"units": 20, "bias": False}, (30, 20)),
    ("conv1d", {"filters": 3, "padding": "causal", "dilation": 2}, (7, 2)),
    *(("conv2d", options, shape) for options, shape in PICTURES),
]
if FULL:
    kinds = ("conv1d", "conv2d")
    WHOLE += [(kind, options, shape) for kind in kinds for options, (shape,) in layers[kind].samples]


@pytest.mark.parametrize("kind, options, shape", WHOLE)
def test_products_of_a_library(both, calls, kind, options, shape):
    """A step in pieces, first one by one and then as a graph; the last batch of a pass is smaller."""
    processor, card = both(planner_of(layers[kind], (options, (shape,))))
    order = np.array([4, 1, 0, 2, 3, 3, 2])
    for planned in (processor, card):
        planned.set_data(*planned._data[:2], order)
    compare(processor, card, 3, again=False)
    # Forth, the weights' gradients and back, of whole chunks.
    products = 3 if options.get("groups", 1) == 1 else 0
    assert len([c for c in calls if c is not None]) == 3 * products
    assert calls.count(None) == (1 if products else 0), "the second batch of three samples, as a graph"
    for planned in (processor, card):
        planned.set_data(*planned._data[:2], order[::-1])
    compare(processor, card, 3, again=False)
    assert calls.count(None) == (2 if products else 0)


def test_products_of_a_library_give_the_same_bits(both, calls):
    compare(*both(planner_of(layers["conv2d"], FAST[1])))
    assert calls


def test_only_large_products_are_left_to_a_library(both, calls, monkeypatch):
    monkeypatch.setattr("nnkernels.cuda.library.LARGE", 2 * 3 * 37 * 19)
    _, card = both(planner_of(layers["dense"], ({"units": 37}, ((19,),))))
    card.run(1)
    assert calls == []


def test_windows_without_room_are_not_laid_out(both, calls, monkeypatch):
    monkeypatch.setattr("nnkernels.cuda.library.WINDOWS_BYTES", 16)
    processor, card = both(planner_of(layers["conv2d"], ({"filters": 3}, ((5, 7, 2),))))
    compare(processor, card, 1, again=False)
    assert calls == []


@pytest.mark.parametrize("again", [False, True])
def test_a_library_that_fails_leaves_the_program_as_it_was(both, calls, monkeypatch, again):
    _, planned = both(planner_of(layers["dense"], ({"units": 37}, ((19,),))))
    planned.set_data(*planned._data[:2], np.arange(5).repeat(4))
    if again:
        planned.run(1)
    before, steps = planned.params.copy(), planned.steps
    with monkeypatch.context() as broken:
        broken.setattr(card().library, "multiply", out_of_memory, raising=False)
        with pytest.raises(HardwareError, match="too little free memory"):
            planned.run(2)
    assert (planned.params == before).all() and planned.steps == steps
    assert len(planned.run(2)) == 2


@pytest.mark.parametrize("refuses, replays", [(refused, None), (out_of_memory, 0), (gone, 2)])
def test_where_graphs_are_refused_steps_go_to_the_card_piece_by_piece(
    both, calls, said, monkeypatch, refuses, replays
):
    """As one is captured, as it first begins, or after a while; said once, and not tried again."""
    captures: list[int] = []

    def captured(work: Callable[[], None], stream: Any) -> Callable[[], None]:
        captures.append(0)
        if replays is None:
            refuses()
        began = iter(range(replays or 0))
        return lambda: refuses() if next(began, None) is None else work()

    monkeypatch.setattr(card().backend, "captured", captured, raising=False)
    processor, planned = both(planner_of(layers["dense"], ({"units": 37}, ((19,),))))
    for each in (processor, planned):
        each.set_data(*each._data[:2], np.arange(5).repeat(4))
    compare(processor, planned, 3, again=False)
    compare(processor, planned, 4, again=False)
    assert len(captures) == 1
    (sentence,) = said
    assert sentence.startswith(PIECE_BY_PIECE) and sentence.endswith(").") and "stopped" not in sentence


def test_without_its_library_a_card_computes_all_itself(both, said, monkeypatch):
    """It is installed, but cannot be loaded."""

    def unloaded(stream: Any) -> None:
        raise ImportError("libcublas is not there")

    monkeypatch.setattr("nnkernels.cuda.library.LARGE", 1)
    monkeypatch.delitem(vars(card()), "library", raising=False)
    monkeypatch.setattr(card().backend, "library", unloaded, raising=False)
    processor, planned = both(planner_of(layers["dense"], ({"units": 37}, ((19,),))))
    compare(processor, planned, 2, again=False)
    (sentence,) = said
    assert sentence.startswith(NO_LIBRARY) and "libcublas" in sentence
    assert planned.pieces_of_a_step == 1


def test_a_step_that_is_timed_does_not_count(both, calls):
    processor, planned = both(planner_of(layers["conv2d"], FAST[1]))
    planned.set_data(*planned._data[:2], np.arange(5).repeat(4))
    processor.set_data(*planned._data)
    for _ in range(3):
        np.testing.assert_allclose(planned.run(1), processor.run(1), **CLOSE)
        np.testing.assert_allclose(planned.params, processor.params, **CLOSE)
        times = step_times(planned)
    products = sum(isinstance(call, Gemm) for call in calls)
    assert products == 6 * 3 and times.pieces == planned.pieces_of_a_step
    assert times.launch > 0 and times.copy > 0
