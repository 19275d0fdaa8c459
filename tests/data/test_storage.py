"""Samples that do not fit into memory lie in a file, are the same, and leave nothing behind."""

from __future__ import annotations

import gc
import io
import mmap

import numpy as np
import pytest

from nnstudio.data import mapped, storage
from nnstudio.data.dataset import DataError, load, sources
from nnstudio.data.mapped import joined, map_of
from nnstudio.data.progress import followed

# Texts and tables of this kind fit into memory as files already.
NEVER_LARGE = ("text", "imitation_table")


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A cache folder of the test's own, and no memory for samples."""
    monkeypatch.setenv("NNSTUDIO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv(storage.VARIABLE, "0")
    return tmp_path / "cache"


def test_what_fits_is_in_memory(monkeypatch):
    monkeypatch.setenv(storage.VARIABLE, "1")
    assert map_of(storage.zeros((512, 512))) is None


def test_half_of_what_is_free_is_for_samples(monkeypatch):
    monkeypatch.delenv(storage.VARIABLE, raising=False)
    monkeypatch.setattr(storage, "free_memory", lambda: 2**30)
    assert storage.fits(2**29) and not storage.fits(2**29 + 1)
    monkeypatch.setattr(storage, "free_memory", lambda: 0)
    assert storage.fits(2**20), "small ones are never in files"
    monkeypatch.setattr(storage, "free_memory", lambda: None)
    assert storage.fits(2**40)


def test_the_rest_lies_in_a_file_that_has_no_name(cache):
    array = storage.zeros((300, 7))
    assert map_of(array) is not None and not array.any() and array.dtype == np.float32
    array[:] = 3
    part = array[100:200].reshape(-1)
    assert map_of(part) is map_of(array) and mapped.on_disk([part]) == part.nbytes
    assert not any((cache / "samples").iterdir())
    descriptor = map_of(array).descriptor
    del array, part
    gc.collect()
    with pytest.raises(OSError, match="Bad file descriptor"):
        mapped.os.fstat(descriptor)


def test_a_full_disk_is_a_sentence(cache, monkeypatch):
    monkeypatch.setattr(mapped.shutil, "disk_usage", lambda _: type("Usage", (), {"free": 1000}))
    with pytest.raises(DataError, match=r"take 4 MB, .*no space is left.*NNSTUDIO_CACHE"):
        storage.zeros((1024, 1024))


def test_a_folder_that_cannot_be_written_is_a_sentence(cache):
    cache.write_text("no folder")
    with pytest.raises(DataError, match="do not fit into memory, nor into a file"):
        storage.zeros((10,))


def test_a_wrong_number_of_megabytes_is_a_sentence(monkeypatch):
    monkeypatch.setenv(storage.VARIABLE, "much")
    with pytest.raises(DataError, match="takes a number of megabytes"):
        storage.fits(1)


def test_neighbours_are_joined_without_a_copy():
    whole = np.arange(20.0).reshape(10, 2)
    a, b = whole[:4], whole[4:]
    seen = joined([a, b])
    assert np.array_equal(seen, whole) and np.shares_memory(seen, whole) and not seen.flags.writeable
    for parts in ([b, a], [a, b.copy()], [a, whole[5:]], [a.astype(np.float32), b]):
        both = joined(parts)
        assert np.array_equal(both, np.concatenate(parts)) and not np.shares_memory(both, whole)


def test_pieces_are_all_rows(monkeypatch):
    monkeypatch.setattr(mapped, "PIECE_BYTES", 100)
    rows = np.zeros((23, 3), np.float32)
    assert [(s.start, s.stop) for s in mapped.pieces(rows)] == [(0, 8), (8, 16), (16, 23)]
    assert list(mapped.pieces(rows[:0])) == []


@pytest.mark.parametrize("ahead", [True, False])
def test_reading_ahead_asks_for_the_pages_of_the_rows(cache, monkeypatch, ahead):
    array = storage.zeros((64, mapped.PAGE // 8))[1:]
    asked = []
    if ahead:
        monkeypatch.setattr(
            mapped.os, "posix_fadvise", lambda _, start, size, __: asked.append((start, size)), raising=False
        )
        monkeypatch.setattr(mapped.os, "POSIX_FADV_WILLNEED", 3, raising=False)
    else:
        monkeypatch.delattr(mapped.os, "posix_fadvise", raising=False)
    mapped.read_ahead(array, np.array([40, 1, 0, 2]))
    if ahead:
        page = mapped.PAGE
        assert asked == [(0, 2 * page), (20 * page, page)], "row i is half a page from half a page on"
    mapped.read_ahead(array, np.zeros(0, np.int64))
    mapped.read_ahead(np.zeros((4, 4)), np.arange(4))


KINDS = [s.id for s in sources if s.picks is not None and not s.package]


@pytest.mark.parametrize("kind", KINDS)
def test_a_data_set_from_a_file_is_the_same_and_says_where_it_lies(kind, tmp_path, monkeypatch):
    options = sources[kind].example(tmp_path)
    usual = load(kind, options)
    monkeypatch.setenv("NNSTUDIO_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv(storage.VARIABLE, "0")
    data = load(kind, options)
    for one, other in zip(usual.arrays, data.arrays, strict=True):
        assert one.shape == other.shape and one.dtype == other.dtype and np.array_equal(one, other)
    assert usual.bytes_on_disk == 0 and data.shares_of_white(data.x_train).shape == data.x_train.shape
    if kind in NEVER_LARGE:
        return
    assert data.bytes_on_disk == data.all_inputs().nbytes
    assert len(data.notes) == len(usual.notes) + 1
    where = str(tmp_path / "cache" / "samples")
    assert "do not fit into the memory" in data.notes[-1] and where in data.notes[-1]


def test_moments_are_those_of_all_rows(monkeypatch):
    values = np.random.default_rng(1).normal(3, 2, (50, 4)).astype(np.float32)
    rows = np.arange(50)[::-2]
    for size in (2**20, 100):
        monkeypatch.setattr(mapped, "PIECE_BYTES", size)
        for axis, chosen in ((0, None), (None, None), (0, rows), (None, rows)):
            of = values if chosen is None else values[chosen]
            mean, deviation = mapped.moments(values, chosen, axis)
            assert np.allclose(mean, of.mean(axis, dtype=np.float64), rtol=1e-12)
            assert np.allclose(deviation, of.std(axis, dtype=np.float64), rtol=1e-12)


def test_rows_that_are_alike(monkeypatch):
    monkeypatch.setattr(mapped, "PIECE_BYTES", 100)
    rows = np.zeros((40, 3, 3))
    rows[0] = rows[39] = 1
    assert mapped.all_alike(rows, np.arange(1, 39)) and not mapped.all_alike(rows, np.arange(1, 40))


def test_a_file_is_read_up_to_a_byte_too_many(cache, monkeypatch):
    monkeypatch.setattr(storage, "PIECE_BYTES", 7)
    content = bytes(range(50))
    for size, expected in ((49, 50), (50, 50), (60, 50), (10, 11)):
        assert storage.read_bytes(io.BytesIO(content), size).tobytes() == content[:expected]


def test_filling_in_can_be_cancelled():
    def stop(_share):
        raise InterruptedError

    with followed(stop), pytest.raises(InterruptedError):
        storage.filled([(np.zeros((4, 2)), np.arange(4))], np.float32)


def test_blocks_stand_side_by_side_in_each_part(monkeypatch):
    monkeypatch.setattr(mapped, "PIECE_BYTES", 50)
    blocks = [np.arange(20, dtype=np.float32).reshape(10, 2), np.arange(10, dtype=np.float32)[:, None] - 5]
    split = [np.array([9, 0, 4, 5, 6, 7]), np.zeros(0, np.int64), np.array([1, 3])]
    whole = np.concatenate(blocks, 1)
    parts = storage.side_by_side(blocks, split)
    for part, rows in zip(parts, split, strict=True):
        assert part.flags.c_contiguous and np.array_equal(part, whole[rows])
    assert np.shares_memory(joined([parts[0], parts[2]]), parts[0])


@pytest.mark.skipif(not hasattr(mmap, "MADV_DONTNEED"), reason="the system takes no pages back")
def test_blocks_are_let_go_of_row_by_row(monkeypatch):
    monkeypatch.setattr(storage, "OWN_PAGES", 0)
    monkeypatch.setattr(mapped, "PIECE_BYTES", 30_000)
    blocks = [storage.zeros((20_000, width)) for width in (1, 3)]
    for block in blocks:
        block[...] = np.random.default_rng(0).normal(size=block.shape)
    whole = np.concatenate(blocks, 1)
    # Some rows are in no part.
    order = np.random.default_rng(1).permutation(20_000)[:18_000]
    split = np.split(order, [12_000, 15_000])
    parts = storage.side_by_side(blocks, split)
    for part, rows in zip(parts, split, strict=True):
        assert np.array_equal(part, whole[rows])
    # The last page of each is its own.
    assert not any(block[:-4096].any() for block in blocks)
