"""How glibc, the C library of most Linux systems, gives memory back. No Qt here."""

from __future__ import annotations

import ctypes
import sys

# Numbers of glibc's malloc.h.
_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
# Blocks from here on get pages of their own. Smaller ones come and go too often for that.
OWN_PAGES = 4 * 2**20


def give_back_large_blocks() -> bool:
    """Let arrays go back to the system when they are let go of; False where the allocator is another one.

    Left alone, glibc takes the first large array that is freed as a sign that such sizes come and go: it puts
    later ones, of up to 32 MB, between small objects, where they leave holes that stay. A window that opens
    one project after the other grows by these.
    """
    if sys.platform != "linux":
        return False
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return False
    # A threshold that is set stays; that of the end of the heap would then be 128 KB, too little.
    return bool(mallopt(_MMAP_THRESHOLD, OWN_PAGES)) and bool(mallopt(_TRIM_THRESHOLD, 2 * OWN_PAGES))
