"""Memory goes back to the system when it is let go of."""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys

import pytest

# Says how many megabytes of a block have pages of their own, when others of its size were freed before, and
# how many stores of smaller blocks eight threads have at the same time.
PROGRAM = """
import ctypes, sys, threading
from nnstudio.allocator import give_back_memory

names = "arena ordblks smblks hblks hblkhd usmblks fsmblks uordblks fordblks keepcost".split()

class State(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in names]

library = ctypes.CDLL(None)
library.mallinfo2.restype = State
library.fopen.restype = ctypes.c_void_p
library.malloc_info.argtypes = ctypes.c_int, ctypes.c_void_p
library.fclose.argtypes = (ctypes.c_void_p,)
if sys.argv[1] == "set":
    assert give_back_memory()
for _ in range(3):
    block = bytearray(20 * 2**20)
    del block
before = library.mallinfo2().hblkhd
block = bytearray(20 * 2**20)
print((library.mallinfo2().hblkhd - before) // 2**20)
barrier = threading.Barrier(8)

def hold():
    block = bytearray(10_000)
    barrier.wait(30)

threads = [threading.Thread(target=hold) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
told = library.fopen(sys.argv[2].encode(), b"w")
library.malloc_info(0, told)
library.fclose(told)
print(open(sys.argv[2]).read().count("<heap nr="))
"""


def has_mallinfo() -> bool:
    return sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallinfo2")


def own_pages_and_stores(how: str, folder) -> tuple[int, int]:
    program = [sys.executable, "-c", PROGRAM, how, str(folder / "malloc.xml")]
    # Whoever runs the tests may have set the same.
    usual = {name: value for name, value in os.environ.items() if not name.startswith(("MALLOC_", "GLIBC_"))}
    told = subprocess.run(program, capture_output=True, text=True, check=True, timeout=60, env=usual).stdout
    own, stores = map(int, told.split())
    return own, stores


@pytest.mark.skipif(not has_mallinfo(), reason="only newer versions of glibc tell")
def test_a_large_block_has_pages_of_its_own_and_threads_share_stores(tmp_path):
    own, stores = own_pages_and_stores("set", tmp_path)
    assert own == 20 and stores <= 2


@pytest.mark.skipif(not has_mallinfo(), reason="only newer versions of glibc tell")
def test_left_alone_it_would_not_be_so(tmp_path):
    """Else the settings are needed no more."""
    own, stores = own_pages_and_stores("leave", tmp_path)
    assert own == 0 and stores > 2
