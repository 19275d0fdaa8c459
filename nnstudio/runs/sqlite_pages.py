"""Reads rows out of the pages of an SQLite file that SQLite itself refuses, page by page; writes nothing.

The format is that of https://www.sqlite.org/fileformat.html: rows lie in the leaves of B-trees, and what is
too long for its leaf goes on in a chain of overflow pages. A leaf tells by its first byte that it is one, so
that none is missed where the pages above it are gone. It does not tell of which table it is: whoever reads
knows the rows by their columns.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from mmap import mmap

Row = tuple[int | float | str | bytes | None, ...]
Content = bytes | mmap
MAGIC = b"SQLite format 3\0"
# The header of the file, which the first page begins with; the size of pages where it is gone.
HEADER, USUAL_SIZE = 100, 4096
LEAF = 0x0D
# Bytes of whole numbers, by how they are marked.
WHOLE = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
# What bytes can raise that are not what they should be.
SPOILT = (IndexError, ValueError, struct.error, OverflowError, MemoryError)


class Spoilt(ValueError):
    """What should lie here does not."""


def rows_in(content: Content) -> Iterator[Row]:
    """All rows of all tables that lie in whole leaves; spoilt ones are left out."""
    pages = _Pages(content)
    for number in range(1, pages.count + 1):
        if number not in pages.free:
            yield from pages.rows(number)


class _Pages:
    """Pages by number, from 1; ``free`` are kept for later by SQLite, and may hold rows that were deleted."""

    def __init__(self, content: Content) -> None:
        self.content, self.size, self.usable = content, USUAL_SIZE, USUAL_SIZE
        has_header = content[: len(MAGIC)] == MAGIC
        if has_header:
            size = _number(content, 16, 2)
            self.size = 65536 if size == 1 else size
            if self.size < 512 or self.size & (self.size - 1):
                self.size = USUAL_SIZE
            self.usable = self.size - content[20]
        self.count = len(content) // self.size
        self.free = self._free_pages() if has_header else set[int]()

    def _free_pages(self) -> set[int]:
        free: set[int] = set()
        trunk = _number(self.content, 32, 4)
        # Damaged, the chain may go in circles.
        while 0 < trunk <= self.count and trunk not in free:
            free.add(trunk)
            start = (trunk - 1) * self.size
            count = min(_number(self.content, start + 4, 4), self.usable // 4 - 2)
            free |= {_number(self.content, start + 8 + 4 * i, 4) for i in range(count)}
            trunk = _number(self.content, start, 4)
        return free

    def rows(self, number: int) -> Iterator[Row]:
        """Of one page, none where it is no leaf."""
        start = (number - 1) * self.size
        head = start + (HEADER if number == 1 else 0)
        if self.content[head] != LEAF:
            return
        count = _number(self.content, head + 3, 2)
        if 8 + 2 * count > self.usable:
            return
        for i in range(count):
            try:
                at = _number(self.content, head + 8 + 2 * i, 2)
                if not 8 <= at < self.usable:
                    raise Spoilt
                row = _row(self._payload(start, at))
            except SPOILT:
                continue
            yield row

    def _payload(self, start: int, at: int) -> bytes:
        """All bytes of the row whose cell begins there."""
        end = start + self.usable
        length, here = _varint(self.content, start + at)
        _rowid, here = _varint(self.content, here)
        most, least = self.usable - 35, (self.usable - 12) * 32 // 255 - 23
        if length <= most:
            if here + length > end:
                raise Spoilt
            return bytes(self.content[here : here + length])
        if length > len(self.content):
            raise Spoilt
        local = least + (length - least) % (self.usable - 4)
        local = local if local <= most else least
        if here + local + 4 > end:
            raise Spoilt
        parts, left = [bytes(self.content[here : here + local])], length - local
        page = _number(self.content, here + local, 4)
        while left > 0:
            if not 0 < page <= self.count:
                raise Spoilt
            begin = (page - 1) * self.size
            part = bytes(self.content[begin + 4 : begin + 4 + min(left, self.usable - 4)])
            page = _number(self.content, begin, 4)
            parts.append(part)
            left -= len(part)
        return b"".join(parts)


def _number(content: Content, at: int, length: int) -> int:
    if at + length > len(content):
        raise Spoilt
    return int.from_bytes(content[at : at + length], "big")


def _varint(content: Content, at: int) -> tuple[int, int]:
    """A number of one to nine bytes, and where the next thing begins."""
    value = 0
    for i in range(8):
        byte = content[at + i]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, at + i + 1
    return value << 8 | content[at + 8], at + 9


def _row(payload: bytes) -> Row:
    """The values of a row. Raises one of SPOILT."""
    size, at = _varint(payload, 0)
    kinds = []
    while at < size:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    if at != size or not kinds:
        raise Spoilt
    values, here = [], size
    for kind in kinds:
        value, here = _value(payload, here, kind)
        values.append(value)
    if here != len(payload):
        raise Spoilt
    return tuple(values)


def _value(payload: bytes, at: int, kind: int) -> tuple[int | float | str | bytes | None, int]:
    """A value, and where the next one begins."""
    if kind == 0:
        return None, at
    if kind in (8, 9):
        return kind - 8, at
    length = WHOLE.get(kind, 8) if kind < 8 else (kind - 12) // 2
    part = payload[at : at + length]
    if len(part) != length or kind in (10, 11):
        raise Spoilt
    if kind in WHOLE:
        return int.from_bytes(part, "big", signed=True), at + length
    if kind == 7:
        return float(struct.unpack(">d", part)[0]), at + length
    return (part.decode("utf-8", "replace") if kind % 2 else part), at + length
