"""What the card says when something fails: a sentence for a person, and never another error's."""

from __future__ import annotations

import importlib.util

import pytest

from nnkernels.cuda import card
from nnkernels.planning.hardware import HardwareError

# As numba calls them.
DriverError = type("CudaAPIError", (Exception,), {"__module__": "numba.cuda.cudadrv.driver"})
SupportError = type("CudaSupportError", (ImportError,), {"__module__": "numba.cuda.cudadrv.error"})


@pytest.mark.parametrize(
    "error, words",
    [
        (DriverError("[2] Call to cuMemAlloc results in CUDA_ERROR_OUT_OF_MEMORY"), "too little free memory"),
        (MemoryError(), "too little free memory"),
        (
            SupportError("Error at driver init:\n\nCUDA driver library cannot be found.\n:"),
            r"cannot be found\.\)$",
        ),
        (DriverError("CUDA_ERROR_NO_DEVICE"), "No NVIDIA graphics card"),
        (DriverError("[35] CUDA_ERROR_INSUFFICIENT_DRIVER"), "too old"),
        (DriverError("CUDA_ERROR_UNSUPPORTED_PTX_VERSION"), "too old"),
        (DriverError("[719] CUDA_ERROR_LAUNCH_FAILED"), "stopped in the middle"),
        (DriverError("CUDA_ERROR_ILLEGAL_ADDRESS"), "stopped in the middle"),
        (DriverError("[999] something new"), "something new"),
    ],
)
def test_errors_of_the_driver_become_sentences(error, words):
    with pytest.raises(HardwareError, match=words) as caught, card.explained():
        raise error
    assert str(caught.value)[0].isupper() and caught.value.__cause__ is error


def test_errors_of_ours_stay_what_they_are():
    with pytest.raises(ZeroDivisionError), card.explained():
        1 / 0  # noqa: B018
    with pytest.raises(HardwareError, match=r"^as it was$"), card.explained():
        raise HardwareError("as it was")


def test_without_the_extra_package_it_says_how_to_install_it(monkeypatch):
    monkeypatch.delenv("NUMBA_ENABLE_CUDASIM", raising=False)
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    assert 'pip install "nnstudio[cuda]"' in card.problem()
    with pytest.raises(HardwareError, match="NVIDIA"):
        card.Card()
