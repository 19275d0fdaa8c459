"""Fills the compiled cache: run as a child process, so that compiling freezes no window.

    python -m nnkernels.warm [NAME ...]      prints "done/total name" for every operator

What is named comes first, so that a network can run before all is done. The window asks `is_warm` and
`missing`; markers in the cache folder say what was compiled.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from nnkernels import jit, machine
from nnkernels.jit import Kernel

PACKAGES = ("nnkernels.layers", "nnkernels.losses", "nnkernels.optimizers")
# Inside the cache folder: a file that says that all is done, and a folder with one for each kernel.
MARKER, COMPILED = "complete", "compiled"
# What the loop over instructions is called among the kernels.
MACHINE = "machine"


def kernels() -> list[Kernel]:
    """Every kernel of the machine, the layers, the losses and the optimizers."""
    # The plan brings the kernels that belong to no layer.
    importlib.import_module("nnkernels.plan")
    for name in PACKAGES:
        package = importlib.import_module(name)
        for module in pkgutil.iter_modules(package.__path__):
            importlib.import_module(f"{name}.{module.name}")
    return jit.KERNELS


def is_warm() -> bool:
    """Whether every operator of these sources was compiled on this machine before."""
    return (jit.cache_folder() / MARKER).exists()


def missing(names: Iterable[str]) -> list[str]:
    """Those of the named kernels that no warm-up has compiled yet."""
    return sorted(name for name in names if not (jit.cache_folder() / COMPILED / name).exists())


def warm(first: Sequence[str] = ()) -> Iterator[tuple[int, int, str]]:
    """Compile everything, the named kernels before others; yields (done, total, name of what comes next)."""
    makers: dict[str, Callable[[], Any]] = {MACHINE: machine.run}
    for item in kernels():
        makers[item.name] = lambda item=item: item.address(np.dtype(np.float32))  # type: ignore[misc]
    folder = jit.cache_folder() / COMPILED
    folder.mkdir(parents=True, exist_ok=True)
    order = sorted(makers, key=lambda name: name not in first)
    for done, name in enumerate(order):
        yield done, len(order), name
        if not (folder / name).exists():
            makers[name]()
            (folder / name).touch()
    (jit.cache_folder() / MARKER).touch()
    yield len(order), len(order), ""


def main() -> None:
    # Whoever draws or trains meanwhile goes before.
    if hasattr(os, "nice"):
        os.nice(10)
    for done, total, name in warm(sys.argv[1:]):
        print(f"{done}/{total} {name}", flush=True)


if __name__ == "__main__":
    main()
