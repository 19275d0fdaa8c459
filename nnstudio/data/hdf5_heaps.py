"""Whether heaps of an HDF5 file can be read to their end: where an object takes no room, libhdf5 never ends.

Texts that attributes hold lie in such heaps. Source of the layout: HDF5 File Format Specification, III.E.
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator

# A file in memory, or one that is mapped.
Content = bytes | mmap.mmap
SIGNATURE, HEAP = b"\x89HDF\r\n\x1a\n", b"GCOL\x01\x00\x00\x00"
# Where a superblock tells how many bytes offsets and lengths have, by its version.
SIZES_AT = {0: 13, 1: 13, 2: 9, 3: 9}
SIZES = b"\x08\x08"
# Of a heap and of each object in it.
HEADER = 16


def is_readable(content: Content) -> bool:
    """Whether a whole file begins as such files do, with lengths of 8 bytes, and no heap of it goes round."""
    return has_usual_lengths(content) and all(ends(content, start) for start in heaps_of(content))


def has_usual_lengths(content: Content) -> bool:
    """Whether a file begins as such files do, with offsets and lengths of 8 bytes."""
    at = SIZES_AT.get(content[8]) if content[:8] == SIGNATURE and len(content) > 8 else None
    return at is not None and content[at : at + 2] == SIZES


def heaps_of(content: Content) -> Iterator[int]:
    """Where heaps begin in a file."""
    start = content.find(HEAP)
    while start >= 0:
        yield start
        start = content.find(HEAP, start + 1)


def ends(content: Content, start: int) -> bool:
    """Whether the objects of a heap follow each other to its end."""
    at, end = start + HEADER, start + _number(content, start + 8, 8)
    while at + HEADER <= min(end, len(content)):
        size = _number(content, at + 8, 8)
        # The room that is left is the object of number 0, and its size counts the header.
        step = HEADER + (size + 7) // 8 * 8 if _number(content, at, 2) else size
        if step < HEADER or step > end - at:
            return False
        at += step
    return True


def _number(content: Content, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "little")
