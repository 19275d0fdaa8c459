"""Whether heaps of an HDF5 file can be read to their end: where an object takes no room, libhdf5 never ends.

Texts that attributes hold lie in such heaps. Source of the layout: HDF5 File Format Specification, III.E.
"""

from __future__ import annotations

SIGNATURE, HEAP = b"\x89HDF\r\n\x1a\n", b"GCOL\x01\x00\x00\x00"
# Where a superblock tells how many bytes offsets and lengths have, by its version.
SIZES_AT = {0: 13, 1: 13, 2: 9, 3: 9}
SIZES = b"\x08\x08"
# Of a heap and of each object in it.
HEADER = 16


def is_readable(content: bytes) -> bool:
    """Whether a whole file begins as such files do, with lengths of 8 bytes, and no heap of it goes round."""
    at = SIZES_AT.get(content[8]) if content.startswith(SIGNATURE) and len(content) > 8 else None
    if at is None or content[at : at + 2] != SIZES:
        return False
    start = content.find(HEAP)
    while start >= 0:
        if not _ends(content, start):
            return False
        start = content.find(HEAP, start + 1)
    return True


def _ends(content: bytes, start: int) -> bool:
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


def _number(content: bytes, at: int, size: int) -> int:
    return int.from_bytes(content[at : at + size], "little")
