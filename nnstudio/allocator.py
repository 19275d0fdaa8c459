"""How glibc, the C library of most Linux systems, gives memory back. No Qt here."""

from __future__ import annotations

import ctypes
import sys

# Numbers of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
# Blocks from here on get pages of their own. Smaller ones come and go too often for that.
OWN_PAGES = 4 * 2**20
# All threads share so many stores of smaller blocks. Most blocks are asked for under Python's lock, so that
# more stores are hardly faster, and what is free in one is not used by another.
STORES = 2


def give_back_memory() -> bool:
    """Let memory go back to the system when it is let go of; False where the allocator is another one.

    Left alone, glibc takes the first large array that is freed as a sign that such sizes come and go: it puts
    later ones, of up to 32 MB, between small objects, where they leave holes that stay. A window that opens
    one project after the other grows by these. To be called before there are other threads.
    """
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    # Once a threshold is set, none follows the sizes that are freed; that of the end of the heap would then
    # stay at 128 KB, too little.
    wanted = ((_MMAP_THRESHOLD, OWN_PAGES), (_TRIM_THRESHOLD, 2 * OWN_PAGES), (_ARENA_MAX, STORES))
    return all([mallopt(which, value) for which, value in wanted])
