"""Files on which libhdf5 would never end are not given to it."""

from __future__ import annotations

import io

import h5py
import pytest

from nnstudio.data.hdf5_heaps import HEAP, is_readable


@pytest.mark.parametrize("libver", ["earliest", "latest"])
def test_a_heap_that_goes_round_is_seen(libver):
    held = io.BytesIO()
    with h5py.File(held, "w", libver=libver) as file:
        file.attrs["name"] = "dense"
        file.attrs["other"] = "a name that is longer"
    content = held.getvalue()
    heap = content.index(HEAP)
    assert is_readable(content)
    for at, value in ((16 + 8, 2067), (16 + 8, 2**64 - 16), (8, 39)):
        bad = bytearray(content)
        bad[heap + at : heap + at + 8] = value.to_bytes(8, "little")
        assert not is_readable(bytes(bad)), (at, value)
    assert not is_readable(content[:8]) and not is_readable(b"PK" + content)
