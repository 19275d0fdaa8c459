"""Fills the compiled cache: run as a child process, so that compiling freezes no window.

    python -m nnkernels.warm [NAME ...]      prints "done/total name" for every operator

What is named comes first, so that a network can run before all is done. Compiling keeps one core busy,
so several processes share it. The window asks `is_warm` and `missing`; markers in the cache folder say
what was compiled.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from typing import Any

import numpy as np

from nnkernels import jit, machine
from nnkernels.jit import Kernel
from nnkernels.spec import layers, losses, optimizers

# Inside the cache folder: a file that says that all is done, and a folder with one for each kernel.
MARKER, COMPILED = "complete", "compiled"
# What the loop over instructions is called among the kernels.
MACHINE = "machine"
# Makes this module one of the processes that compile what they are told to.
HELP = "--helper"


def kernels() -> list[Kernel]:
    """Every kernel of the machine, the layers, the losses and the optimizers."""
    # The plan brings the kernels that belong to no layer.
    importlib.import_module("nnkernels.plan")
    for registry in (layers, losses, optimizers):
        registry.load()
    return jit.KERNELS


def is_warm() -> bool:
    """Whether every operator of these sources was compiled on this machine before."""
    return (jit.cache_folder() / MARKER).exists()


def missing(names: Iterable[str]) -> list[str]:
    """Those of the named kernels that no warm-up has compiled yet."""
    return sorted(name for name in names if not (jit.cache_folder() / COMPILED / name).exists())


def makers() -> dict[str, Callable[[], Any]]:
    """What compiles each operator, by name."""
    made: dict[str, Callable[[], Any]] = {MACHINE: machine.run}
    for item in kernels():
        made[item.name] = lambda item=item: item.address(np.dtype(np.float32))  # type: ignore[misc]
    return made


def make(names: Iterable[str]) -> Iterator[str]:
    """Compile the named kernels here, one after the other; yields each when it is done."""
    known = makers()
    for name in names:
        marker = jit.cache_folder() / COMPILED / name
        if not marker.exists():
            known[name]()
            marker.touch()
        yield name


def warm(first: Sequence[str] = (), helpers: int = 1) -> Iterator[tuple[int, int, str]]:
    """Compile everything, the named kernels before others; yields (done, total, what is done).

    With more than one helper, in that many processes. Raises RuntimeError where one fails.
    """
    (jit.cache_folder() / COMPILED).mkdir(parents=True, exist_ok=True)
    order = sorted(makers(), key=lambda name: name not in first)
    yield 0, len(order), ""
    for done, name in enumerate(make(order) if helpers == 1 else _together(order, helpers)):
        yield done + 1, len(order), name
    (jit.cache_folder() / MARKER).touch()


def _together(order: Sequence[str], helpers: int) -> Iterator[str]:
    """As `make`, in processes that are given name by name; they end with this one, however it ends."""
    own, command = threading.local(), [sys.executable, "-m", "nnkernels.warm", HELP]
    started: list[subprocess.Popen[str]] = []

    def compile_one(name: str) -> str:
        if not hasattr(own, "helper"):
            own.helper = subprocess.Popen(command, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            started.append(own.helper)
        try:
            own.helper.stdin.write(name + "\n")
            own.helper.stdin.flush()
            answer = own.helper.stdout.readline().strip()
        except BrokenPipeError:
            answer = ""
        if answer != name:
            raise RuntimeError(f"Compiling {name} failed.")
        return name

    with ThreadPoolExecutor(helpers) as pool:
        try:
            for future in as_completed([pool.submit(compile_one, name) for name in order]):
                yield future.result()
        finally:
            pool.shutdown(cancel_futures=True)
            for helper in started:
                # It reads the end of its list and ends.
                helper.communicate()


def main() -> None:
    # Whoever draws or trains meanwhile goes before.
    if hasattr(os, "nice"):
        os.nice(10)
    if sys.argv[1:] == [HELP]:
        for name in make(line.strip() for line in sys.stdin):
            print(name, flush=True)
        return
    # A helper takes about 200 MB.
    for done, total, name in warm(sys.argv[1:], helpers=min(os.cpu_count() or 1, 4)):
        print(f"{done}/{total} {name}", flush=True)


if __name__ == "__main__":
    main()
