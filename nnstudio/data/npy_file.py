"""Arrays from a NumPy file; nothing of what its header says is believed before it is checked."""

from __future__ import annotations

import io
import math
import warnings
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.lib import format as npy

from nnkernels.spec import Shape, show_shape
from nnstudio.data.dataset import DataError
from nnstudio.model.atomic_file import read_regular

MOST_BYTES = 2**32
# No header of numbers or texts is longer.
LONGEST_HEADER = 2**17
# Kinds of dtypes that are real numbers.
NUMBERS = "fiub"


def read_samples(path: Path, shape: Shape) -> np.ndarray:
    """Samples `(n, *shape)`, float64. Raises DataError or FileError."""
    array = parse_array(read_regular(path, MOST_BYTES), path.name)
    wanted = math.prod(shape)
    count = 1 if array.size == wanted else len(array) if array.ndim else 0
    if not array.size or array.size != count * wanted:
        raise DataError(
            f"'{path.name}' holds {show_shape(array.shape)} values; "
            f"the network takes samples of {show_shape(shape)}."
        )
    with np.errstate(over="ignore"):
        values = array.astype(np.float64).reshape(count, *shape)
    if not np.isfinite(values).all():
        row = int(np.argwhere(~np.isfinite(values))[0][0]) + 1
        raise DataError(f"Sample {row:,} of '{path.name}' holds a value that is NaN or infinite. Correct it.")
    return values


def parse_header(file: BinaryIO, name: str) -> tuple[Shape, bool, np.dtype[Any]]:
    """Shape, whether columns come first, and dtype; the file then stands at the values. Raises DataError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            version = npy.read_magic(file)
            read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
            shape, columns_first, dtype = read(file)
    except Exception as error:  # the header is a Python literal: its parsers raise whatever they like
        raise DataError(
            f"'{name}' cannot be read as an array: its header is damaged or not that of a NumPy file."
        ) from error
    return shape, columns_first, dtype


def parse_array(content: bytes | np.ndarray, name: str, kinds: str = NUMBERS) -> np.ndarray:
    """The array of a file with this content, if its dtype is of one of these kinds. Raises DataError.

    The content, which may be an array of uint8, is not copied.
    """
    file = io.BytesIO(bytes(content[:LONGEST_HEADER]))
    shape, columns_first, dtype = parse_header(file, name)
    if dtype.kind not in kinds:
        raise DataError(
            f"'{name}' holds values of type {dtype}; samples are numbers. Save them as float32, for example."
        )
    count, held = math.prod(shape), len(content) - file.tell()
    if any(n < 0 for n in shape) or count * dtype.itemsize != held:
        raise DataError(
            f"'{name}' is damaged: it declares {show_shape(shape)} values of {dtype.itemsize} bytes, "
            f"but holds {held:,} bytes."
        )
    flat = np.frombuffer(content, dtype, count, file.tell())
    return flat.reshape(shape, order="F" if columns_first else "C")
