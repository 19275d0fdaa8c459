"""What a program runs on: this processor, or what is handed to `plan.build` in its stead."""

from __future__ import annotations

from typing import Any

import numpy as np

from nnkernels.jit import Kernel
from nnkernels.planning.buffers import aligned_zeros
from nnkernels.planning.lowering import Sweep
from nnkernels.planning.memory_limits import check_memory
from nnkernels.planning.micro_batches import Cut, cut_batch
from nnkernels.program import Layout, Program

INSTALL = (
    'Training on a graphics card needs an extra package: install it with pip install "nnstudio[cuda]". '
    "It is for NVIDIA cards."
)


class HardwareError(RuntimeError):
    """What a program runs on is not there, has too little memory, or failed; a sentence for a person."""


class Hardware:
    """This processor: threads share the chunks of a batch, and kernels are called by their addresses."""

    def cut(self, layout: Layout, batch: int, itemsize: int, training: bool, in_micro_batches: bool) -> Cut:
        """How a batch is cut; see `cut_batch`."""
        return cut_batch(layout, batch, itemsize, training, in_micro_batches)

    def check_memory(self, wanted: int, layout: Layout, samples: int) -> None:
        """Raise NodeError where so many bytes would not fit; ``samples`` are on their way at a time."""
        check_memory(wanted, layout, samples)

    def piece(self, sweep: Sweep) -> int:
        """How much of a sweep's range is done in one go."""
        return sweep.chunk

    def is_alone(self, kernel: Kernel) -> bool:
        """Whether a kernel's instruction must have a group of its own; see `mode`."""
        return False

    def mode(self, kernel: Kernel, parallel: bool) -> int:
        """What the group table says of an instruction's group: whether it is worth a parallel region."""
        return int(parallel)

    def address(self, kernel: Kernel, dtype: np.dtype) -> int:
        """What stands for a kernel in the instruction table."""
        return kernel.address(dtype)

    def zeros(self, size: int, dtype: np.dtype) -> Any:
        """A buffer of the program."""
        return aligned_zeros(size, dtype)

    def program(self, **parts: Any) -> Program:
        """The program of these parts, which are named as its attributes."""
        return Program(**parts)


PROCESSOR = Hardware()
