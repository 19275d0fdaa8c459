"""Fills the compiled cache: run as a child process, so that compiling freezes no window.

    python -m nnkernels.warm      prints "done/total name" for every operator

The window asks `is_warm` first; a marker in the cache folder says that all is compiled.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import numpy as np

from nnkernels import jit, machine
from nnkernels.jit import Kernel

PACKAGES = ("nnkernels.layers", "nnkernels.losses", "nnkernels.optimizers")
MARKER = "complete"


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


def warm() -> Iterator[tuple[int, int, str]]:
    """Compile everything; yields (done, total, name of what comes next)."""
    todo = kernels()
    total = len(todo) + 1
    yield 0, total, "machine"
    machine.run()
    for done, item in enumerate(todo, 1):
        yield done, total, item.name
        item.address(np.dtype(np.float32))
    jit.cache_folder().mkdir(parents=True, exist_ok=True)
    (jit.cache_folder() / MARKER).touch()
    yield total, total, ""


def main() -> None:
    for done, total, name in warm():
        print(f"{done}/{total} {name}", flush=True)


if __name__ == "__main__":
    main()
