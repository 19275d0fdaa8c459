"""Rows of values copied, added and set to zero, by kernels whose threads on a card do that together.

There a block does all of a sample, so such a kernel writes nothing but through helpers; see `cuda.serving`.
"""

from __future__ import annotations

from nnkernels.jit import device


@device(inlined=True)
def move(source, at, stride, sink, to, pitch, rows, count):
    """Copy ``rows`` of ``count`` values, from ``stride`` apart to ``pitch`` apart."""
    for row in range(rows):
        values, target = source[at + row * stride :], sink[to + row * pitch : to + row * pitch + count]
        for i in range(count):
            target[i] = values[i]


@device(inlined=True)
def add(source, at, sink, to, count):
    """Add ``count`` values to others."""
    values, target = source[at : at + count], sink[to : to + count]
    for i in range(count):
        target[i] += values[i]


@device(inlined=True)
def clear(values, at, count):
    """Set ``count`` values to zero."""
    values[at : at + count] = 0
