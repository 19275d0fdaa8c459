"""Fills the compiled cache: run as a child process, so that compiling freezes no window.

    python -m nnkernels.warm [NAME ...]      prints "done/total name" for every operator

What is named comes first, so that a network can run before all is done. Compiling keeps one core busy,
so several processes share it. The window asks `is_warm` and `uncompiled`.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import os
import sys
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from functools import partial
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any

import numpy as np

from nnkernels import cache, jit, machine
from nnkernels.cache import Entry
from nnkernels.jit import Kernel
from nnkernels.spec import layers, losses, optimizers

FLOAT = np.dtype(np.float32)
# How helpers begin: as copies where that is safe, which is sooner.
START = "fork" if sys.platform == "linux" else "spawn"


def kernels() -> list[Kernel]:
    """Every kernel of the machine, the layers, the losses and the optimizers."""
    # The plan brings the kernels that belong to no layer.
    importlib.import_module("nnkernels.planning.plan")
    for registry in (layers, losses, optimizers):
        registry.load()
    return list(jit.KERNELS.values())


def entries() -> dict[str, Entry]:
    """Where every operator that can be kept is kept, by name."""
    kept = {kernel.name: kernel.entry(FLOAT) for kernel in kernels()}
    return {machine.LOOP.name: machine.LOOP.entry, **{name: e for name, e in kept.items() if e is not None}}


def is_warm() -> bool:
    """Whether every operator of these sources was compiled for this processor before."""
    return not cache.absent(entries().values())


def uncompiled(names: Iterable[str]) -> list[str]:
    """Those of the named operators that are not compiled yet."""
    known = entries()
    absent = set(cache.absent(known[name] for name in names if name in known))
    return sorted(name for name in names if name in known and known[name].name in absent)


def problem() -> str:
    """Why nothing can be compiled ahead, as a sentence for a person; empty where it can."""
    return cache.problem()


def makers() -> dict[str, Callable[[], Any]]:
    """What compiles each operator, by name."""
    makers: dict[str, Callable[[], Any]] = {machine.LOOP.name: machine.run}
    for item in kernels():
        makers[item.name] = partial(item.address, FLOAT)
    return makers


def make(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Compile the named kernels here, one after the other; yields (name, error or "") of each."""
    known, kept = makers(), entries()
    for name in names:
        try:
            if name in kept and cache.absent([kept[name]]):
                known[name]()
                # What ran in this process before was in its memory, and is not compiled again.
                kept[name].keep()
            yield name, ""
        except Exception as error:  # one that numba does not understand must not keep the others waiting
            yield name, " ".join(str(error).split())


def warm(first: Sequence[str] = (), helpers: int = 1) -> Generator[tuple[int, int, str], None, None]:
    """Compile everything, the named kernels before others; yields (done, total, what is done).

    With more than one helper, in that many processes. Raises RuntimeError with a sentence where nothing can
    be kept, and at the end where some do not compile.
    """
    if problem():
        raise RuntimeError(problem())
    wanted = set(first)
    order = sorted(makers(), key=lambda name: name not in wanted)
    yield 0, len(order), ""
    failed = []
    for done, (name, error) in enumerate(make(order) if helpers == 1 else make_together(order, helpers)):
        failed += [f"Compiling {name} failed: {error}"] if error else []
        yield done + 1, len(order), name
    if failed:
        raise RuntimeError("\n".join(failed))
    if left := cache.absent(entries().values()):
        raise RuntimeError(
            f"{len(left)} of {len(order)} compiled operators could not be kept in '{cache.folder()}'. Make "
            "room there, or name another folder in the environment variable NNSTUDIO_CACHE."
        )
    cache.forget_unused(entries().values())


def longest_first(names: Iterable[str]) -> list[str]:
    """In the order in which they are through soonest: the loop, begun last, would keep one core waiting."""
    return sorted(names, key=lambda name: name != machine.LOOP.name)


def make_together(names: Sequence[str], helpers: int) -> Iterator[tuple[str, str]]:
    """As `make`, in processes that are given name by name; they end with this one, however it ends.

    Raises RuntimeError where one of them ends before.
    """
    context: Any = get_context(START)
    if START == "fork":
        # What copies have, they need not read: half a second each.
        jit.make_ready()
        entries()
    waiting, busy = list(reversed(names)), dict[Connection, str]()
    started: list[tuple[BaseProcess, Connection]] = []
    try:
        for _ in range(min(helpers, len(names))):
            ours, theirs = context.Pipe()
            inherited = [*(pipe for _, pipe in started), ours] if START == "fork" else []
            process = context.Process(target=_serve, args=(theirs, inherited), daemon=True)
            process.start()
            theirs.close()
            started.append((process, ours))
            busy[ours] = waiting.pop()
            ours.send(busy[ours])
        while busy:
            replied: list[Any] = wait(list(busy))
            for pipe in replied:
                name = busy.pop(pipe)
                try:
                    error = pipe.recv()
                except (EOFError, ConnectionError):
                    raise RuntimeError(f"Compiling {name} failed: its process ended.") from None
                if waiting:
                    busy[pipe] = waiting.pop()
                    pipe.send(busy[pipe])
                yield name, error
    finally:
        for process, pipe in started:
            # It reads the end and ends; what it compiles now, it keeps.
            pipe.close()
            process.join()


def _serve(pipe: Connection, inherited: Sequence[Connection]) -> None:
    """Compile what comes through a pipe, until nobody holds its other end any more."""
    for other in inherited:
        other.close()
    # Looking for garbage takes a tenth of the time, and this process ends when all is compiled.
    gc.freeze()
    gc.disable()
    with contextlib.suppress(EOFError, ConnectionError):
        while True:
            ((_, error),) = make([pipe.recv()])
            pipe.send(error)


def main() -> None:
    # Whoever draws or trains meanwhile goes before.
    if hasattr(os, "nice"):
        os.nice(10)
    # A helper takes 300 to 500 MB by the time it ends.
    try:
        for done, total, name in warm(sys.argv[1:], helpers=min(os.cpu_count() or 1, 4)):
            print(f"{done}/{total} {name}", flush=True)
    except RuntimeError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
