"""Large arrays go back to the system when they are let go of."""

from __future__ import annotations

import subprocess
import sys

import pytest

# Says how many megabytes of a block have pages of their own, when others of its size were freed before.
PROGRAM = """
import ctypes, sys
from nnstudio.allocator import give_back_large_blocks

names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()

class State(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in names]

library = ctypes.CDLL(None)
library.mallinfo2.restype = State
if sys.argv[1] == "set":
    assert give_back_large_blocks()
for _ in range(3):
    block = bytearray(20 * 2**20)
    del block
before = library.mallinfo2().hblkhd
block = bytearray(20 * 2**20)
print((library.mallinfo2().hblkhd - before) // 2**20)
"""


def own_pages(how: str) -> int:
    program = [sys.executable, "-c", PROGRAM, how]
    return int(subprocess.run(program, capture_output=True, text=True, check=True, timeout=60).stdout)


def has_mallinfo() -> bool:
    import ctypes

    return sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallinfo2")


@pytest.mark.skipif(not has_mallinfo(), reason="only newer versions of glibc tell")
def test_a_large_block_has_pages_of_its_own():
    assert own_pages("set") == 20


@pytest.mark.skipif(not has_mallinfo(), reason="only newer versions of glibc tell")
def test_left_alone_it_would_not():
    """Else the setting is needed no more."""
    assert own_pages("leave") == 0
