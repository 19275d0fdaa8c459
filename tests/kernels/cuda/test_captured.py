"""How a graph is captured by cuda-core, which stands here as its manual describes it; no card is asked."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any

import pytest

from nnkernels.cuda.compiled import Compiler


@pytest.fixture
def log(monkeypatch) -> list[str]:
    """What is asked of the stream and the graph, in order."""
    log: list[str] = []

    class Graph:
        def upload(self, stream: Stream) -> None:
            log.append(f"upload {stream.handle}")

        def launch(self, stream: Stream) -> None:
            log.append(f"launch {stream.handle}")

    class Builder:
        def begin_building(self) -> Builder:
            log.append("begin")
            return self

        def end_building(self) -> Builder:
            log.append("end")
            return self

        def complete(self) -> Graph:
            log.append("complete")
            return Graph()

        def close(self) -> None:
            log.append("close")

    class Stream:
        def __init__(self, handle: int) -> None:
            self.handle = handle

        from_handle: Callable[[int], Stream] = classmethod(lambda cls, handle: cls(handle))

        def create_graph_builder(self) -> Builder:
            return Builder()

    core: Any = ModuleType("cuda.core")
    core.Stream = Stream
    monkeypatch.setitem(sys.modules, "cuda", ModuleType("cuda"))
    monkeypatch.setitem(sys.modules, "cuda.core", core)
    return log


def test_work_is_captured_once_and_begins_again_and_again(log):
    again = Compiler.captured(object(), lambda: log.append("work"), 11)
    assert log == ["begin", "work", "end", "complete", "close", "upload 11"]
    log.clear()
    again(), again()
    assert log == ["launch 11", "launch 11"]


def test_where_work_fails_the_stream_is_captured_no_longer(log):
    def fails() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Compiler.captured(object(), fails, 11)
    assert log == ["begin", "close"]


def test_why_a_graph_was_refused_is_told_and_not_that_it_was_broken_off(log, monkeypatch):
    """A capture that the driver made invalid does not close without a complaint either."""
    builder = type(sys.modules["cuda.core"].Stream(11).create_graph_builder())

    def complaining(what: str) -> Callable[[Any], None]:
        def complain(builder: Any) -> None:
            log.append(what)
            raise RuntimeError(what)

        return complain

    monkeypatch.setattr(builder, "end_building", complaining("end"))
    monkeypatch.setattr(builder, "close", complaining("close"))
    with pytest.raises(RuntimeError, match=r"^end$"):
        Compiler.captured(object(), lambda: log.append("work"), 11)
    assert log == ["begin", "work", "end", "close"]


def test_without_the_binding_there_is_no_library(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert Compiler.library(object(), 11) is None
