"""Arrays in compiled code mean what they mean in Python, though they are lowered in our own way."""

from __future__ import annotations

import numba
import numpy as np
import pytest

import nnkernels.compiler  # noqa: F401 - numba lowers arrays in our way from here on

VALUES = np.arange(5, dtype=np.float32)
BOUNDS = [(0, 5), (1, 3), (3, 1), (2, 2), (-2, 5), (0, -1), (-9, 9), (-9, -7), (5, 9), (7, 9)]


@numba.njit
def item(values, index):
    return values[index]


@numba.njit
def part(values, start, stop):
    return values[start:stop]


@numba.njit
def put(values, index, value):
    values[index] = value


@pytest.mark.parametrize("index", [0, 4, -1, -5, np.uint32(3), np.int8(-2)])
def test_a_value_is_read_and_written_where_python_has_it(index):
    for values in (VALUES, VALUES[::-1], VALUES.astype(np.int32)):
        assert item(values, index) == values[index]
        changed, expected = values.copy(), values.copy()
        put(changed, index, 7.9)
        expected[index] = 7.9
        np.testing.assert_array_equal(changed, expected)


@pytest.mark.parametrize("start, stop", BOUNDS)
def test_a_slice_is_that_of_python(start, stop):
    for values in (VALUES, VALUES[::2], VALUES[:0], np.eye(5)):
        expected = values[start:stop]
        taken = part(values, start, stop)
        np.testing.assert_array_equal(taken, expected)
        assert (taken.dtype, taken.shape, taken.size) == (expected.dtype, expected.shape, expected.size)
        if values.flags.c_contiguous:
            assert taken.strides == expected.strides


def test_rows_and_steps_stay_numbas_own():
    table = np.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(item(table, -1), table[-1])
    put(table, 1, 5.0)
    np.testing.assert_array_equal(table[1], 5.0)
    every = numba.njit(lambda values, step: values[::step])
    np.testing.assert_array_equal(every(VALUES, -2), VALUES[::-2])


def test_what_an_operator_gives_is_told_by_its_types_however_often_it_was_asked():
    add = numba.njit(lambda a, b: a + b)
    for _ in range(2):
        results = [add(1, 2), add(1.5, np.float32(2)), add(np.float32(1), np.float32(2))]
        assert [type(result) for result in results] == [int, float, float]
        np.testing.assert_array_equal(add(VALUES, VALUES), VALUES + VALUES)
    with pytest.raises(numba.TypingError):
        numba.njit(lambda a, b: a + b)(1, "2")
