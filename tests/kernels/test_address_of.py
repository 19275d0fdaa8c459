"""Where an array lies, for all kinds of arrays that a program may be given."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from nnkernels.machine import address_of


def read_only() -> np.ndarray:
    values = np.arange(1.0, 9.0)
    values.flags.writeable = False
    return values


@pytest.mark.parametrize(
    "array",
    [np.arange(1.0, 9.0), np.arange(1.0, 9.0)[3:], np.arange(1.0, 9.0)[::2], read_only()],
    ids=["whole", "part", "strides", "read-only"],
)
def test_what_lies_there_is_its_first_value(array):
    assert ctypes.c_double.from_address(address_of(array)).value == array[0]


def test_an_empty_array_has_an_address():
    assert address_of(np.empty(0)) > 0


def test_the_array_is_not_held():
    """One that is exported could not be resized, nor could a mapped file be closed."""
    array = np.zeros(4)
    address_of(array)
    array.resize(8, refcheck=False)
    assert array.size == 8
