"""Fixtures of the contract of graphics cards, which are there without a conftest."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any

import kernels.networks as networks
import kernels.whole_programs as whole_programs
import pytest
from kernels.cuda.streams import Streams

from nnkernels.cuda.card import card, is_simulated
from nnkernels.cuda.library import Gemm
from nnkernels.cuda.program import Graphics, GraphicsProgram
from nnkernels.planning.plan import build
from nnkernels.program import Program


@pytest.fixture(autouse=True, scope="module")
def short_turns():
    """Threads of the simulator wait for each other in a loop, and would do so for long."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5 if is_simulated() else before)
    yield
    sys.setswitchinterval(before)


@pytest.fixture
def said() -> list[str]:
    """What programs of the card tell of it."""
    return []


@pytest.fixture
def both(monkeypatch, said) -> Callable[[Callable[[], Program]], tuple[Program, Program]]:
    """The program that a function plans, on a processor and on the card."""

    def both(plan: Callable[[], Program]) -> tuple[Program, Program]:
        processor = plan()

        def on_card(*arguments: Any, **settings: Any) -> Program:
            return build(*arguments, **settings, hardware=Graphics(say=said.append))

        for module in (networks, whole_programs):
            monkeypatch.setattr(module, "build", on_card)
        card = plan()
        assert isinstance(card, GraphicsProgram) and not isinstance(processor, GraphicsProgram)
        return processor, card

    return both


@pytest.fixture
def calls(monkeypatch) -> list[Gemm]:
    """Every product that a library can compute goes there, and is listed; graphs are counted as None."""
    calls: list[Gemm | None] = []
    library = card().library

    class Listed:
        def multiply(self, gemm: Gemm, buffers: Any) -> None:
            calls.append(gemm)
            library.multiply(gemm, buffers)

    captured = card().backend.captured

    def counted(work: Callable[[], None], stream: Any) -> Callable[[], None]:
        calls.append(None)
        return captured(work, stream)

    monkeypatch.setattr("nnkernels.cuda.library.LARGE", 1)
    monkeypatch.setitem(vars(card()), "library", Listed())
    monkeypatch.setattr(card().backend, "captured", counted, raising=False)
    return calls


@pytest.fixture
def streams(monkeypatch) -> Streams:
    """What the card is asked for, in order; it does it as late as it may. On the simulator."""
    return Streams(card(), monkeypatch)
