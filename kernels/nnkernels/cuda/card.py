"""The card itself: whether there is one, its memory, and what it says when something fails."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache, cached_property
from typing import Any

import numpy as np

from nnkernels.cuda.toolkit import toolkit
from nnkernels.planning.hardware import INSTALL, HardwareError
from nnkernels.planning.installed import is_installed, is_simulated

NO_CARD = "No NVIDIA graphics card that CUDA can use was seen on this machine."
OLD_DRIVER = "The driver of the graphics card is too old for CUDA here: install a newer one from nvidia.com."
NO_MEMORY = (
    "The graphics card has too little free memory for this network, its batch and its data. Make the batch "
    "smaller, or close other programs that use the card."
)
LOST = "The graphics card stopped in the middle of a computation."
# Packages whose errors are the card's.
OWN = {"cuda", "nvmath"}
# What an error of the driver or of a library is called, in part, and what it means for a person.
SENTENCES = {
    "OUT_OF_MEMORY": NO_MEMORY,
    "INSUFFICIENT_DRIVER": OLD_DRIVER,
    "UNSUPPORTED_PTX": OLD_DRIVER,
    "DRIVER_MISMATCH": OLD_DRIVER,
    "COMPAT_NOT_SUPPORTED": OLD_DRIVER,
    "NO_DEVICE": NO_CARD,
    "INVALID_DEVICE": NO_CARD,
    "DEVICE_UNAVAILABLE": "Another program keeps the graphics card for itself.",
    "DEVICE_NOT_LICENSED": "This machine has no licence for its graphics card.",
    "ALLOC_FAILED": NO_MEMORY,
    "EXECUTION_FAILED": LOST,
    "LAUNCH_": LOST,
    "ILLEGAL_": LOST,
    "ECC_": LOST,
    "HARDWARE_STACK": LOST,
    "NVLINK": LOST,
    "CONTEXT_IS_DESTROYED": LOST,
    "UNKNOWN": LOST,
}


def problem() -> str:
    """Why no program can run on a card here, as a sentence; empty where one can. Asks the driver."""
    if not is_installed():
        return INSTALL
    try:
        with explained():
            toolkit().current_context()
    except HardwareError as error:
        return str(error)
    return ""


@contextmanager
def explained() -> Iterator[None]:
    """What the driver and the compiler complain about becomes a HardwareError with a sentence."""
    try:
        yield
    except HardwareError:
        raise
    except MemoryError as error:
        raise HardwareError(NO_MEMORY) from error
    except Exception as error:
        sentence = _sentence(error)
        if not sentence:
            raise
        raise HardwareError(sentence) from error


@contextmanager
def _refused() -> Iterator[None]:
    """As `explained`, also of errors without a name of their own, as cuda-core has them for graphs."""
    try:
        with explained():
            yield
    except HardwareError:
        raise
    except Exception as error:
        raise HardwareError(f"{type(error).__name__}: {' '.join(str(error).split())}.") from error


def _sentence(error: Exception) -> str:
    """What an error of the driver, the compiler or a library means; empty for one of ours."""
    text = " ".join(str(error).split()).rstrip(" :")
    kinds = [kind for kind in type(error).__mro__ if OWN.intersection(kind.__module__.split("."))]
    if not kinds:
        return ""
    for part, sentence in SENTENCES.items():
        if part in text.upper():
            return sentence if sentence in (NO_MEMORY, NO_CARD) else f"{sentence} ({text})"
    if any(kind.__name__ == "CudaSupportError" for kind in kinds):
        return f"{NO_CARD} ({text})"
    return f"The graphics card or its software failed: {type(error).__name__}: {text}"


class Card:
    """The memory of the card, and numba's compiler or simulator for it. Raises HardwareError."""

    def __init__(self) -> None:
        why = problem()
        if why:
            raise HardwareError(why)
        with explained():
            self._cuda = toolkit()
            if is_simulated():
                from nnkernels.cuda.simulated import Simulator

                self.backend: Any = Simulator()
            else:
                from nnkernels.cuda.compiled import Compiler

                self.backend = Compiler()
            # What programs compute, in order; and beside it, what is copied from the card meanwhile.
            self.stream, self._copies = self._cuda.stream(), self._cuda.stream()

    @cached_property
    def library(self) -> Any:
        """What computes large products in `stream`; None where it is not installed. Raises HardwareError."""
        with _refused():
            return self.backend.library(self.stream)

    def captured(self, work: Callable[[], None]) -> Callable[[], None]:
        """What ``work`` puts into `stream`, to begin there again and again at the price of one launch.

        Raises HardwareError where the driver or a library refuses, now or as it begins.
        """
        with _refused():
            again: Callable[[], None] = self.backend.captured(work, self.stream)

        def begin() -> None:
            with _refused():
                again()

        return begin

    def array(self, values: np.ndarray) -> Any:
        """A flat copy (n,) on the card, of the same dtype; of one value at the least: it cannot hold none.

        Raises HardwareError, as `upload` and `download` do.
        """
        flat = values.reshape(-1)
        with explained():
            return self._cuda.to_device(flat if flat.size else np.zeros(1, flat.dtype))

    def room(self, size: int) -> Any:
        """So many bytes on the card, of any values."""
        with explained():
            return self._cuda.device_array(size, np.uint8)

    def pinned(self, size: int) -> np.ndarray:
        """So many bytes of memory here that a card writes to by itself."""
        with explained():
            array: np.ndarray = self._cuda.pinned_array(size, np.uint8)
        return array

    def event(self) -> Any:
        """Something that can be waited for."""
        with explained():
            return self._cuda.event()

    def mark(self, event: Any) -> None:
        """Let an event be when all is through that is in `stream` by now."""
        with explained():
            event.record(self.stream)

    def seconds(self, began: Any, ended: Any) -> float:
        """The time between two events of `stream` that are over; none on the simulator: it has no clock."""
        if self.backend.simulated:
            return 0.0
        with explained():
            return float(began.elapsed_time(ended)) / 1000

    def copy(self, source: Any, to: Any) -> None:
        """Copy between arrays of the card, in `stream`; returns at once."""
        with explained():
            to.copy_to_device(source, stream=self.stream)

    def copy_beside(self, source: Any, to: np.ndarray, arrived: Any) -> None:
        """Copy from the card to pinned memory after all that is in `stream`, beside what comes there next."""
        with explained():
            ready = self._cuda.event()
            ready.record(self.stream)
            ready.wait(self._copies)
            source.copy_to_host(to, stream=self._copies)
            arrived.record(self._copies)

    def wait(self, event: Any) -> None:
        """Wait here for an event. Raises HardwareError where what led to it failed."""
        with explained():
            event.synchronize()

    def upload(self, values: np.ndarray, to: Any) -> None:
        """Copy into an array of the card that has as many values, of the same dtype."""
        with explained():
            to.copy_to_device(values)

    def download(self, array: Any, start: int, stop: int) -> np.ndarray:
        """A copy of the values ``start .. stop`` of a flat array of the card, (stop - start,)."""
        with explained():
            values: np.ndarray = array[start:stop].copy_to_host()
        return values


@cache
def card() -> Card:
    """The card of this process. Raises HardwareError, each time anew."""
    return Card()
