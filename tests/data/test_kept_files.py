"""A file is read once for all who ask, as long as it stays as it is."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor

import openpyxl
import pytest

from nnstudio.data.dataset import DataError, load, sources
from nnstudio.data.kept_files import KeptFiles, holding


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t.xlsx"

    def table(rows):
        book = openpyxl.Workbook()
        book.active.append(["a", "b"])
        for i in range(rows):
            book.active.append([i, i * i])
        book.save(path)
        return path

    return table


def test_a_sheet_is_read_once_for_preview_look_and_loading(table, monkeypatch):
    opened = []
    real = openpyxl.load_workbook
    monkeypatch.setattr("openpyxl.load_workbook", lambda *a, **k: opened.append(1) or real(*a, **k))
    path, source = table(20), sources["excel"]
    options = source.complete({"path": str(path)})
    data = load("excel", options)
    assert source.preview(options).rows[1] == ("1", "1") and len(source.look(options).frame) == 20
    again = load("excel", {**options, "skip_rows": "1"})
    assert len(opened) == 1 and len(data.all_targets()) == 20 and len(again.all_targets()) == 19
    table(30)
    assert len(source.look(options).frame) == 30 and len(opened) == 2
    with pytest.raises(DataError, match="has no sheet"):
        load("excel", {**options, "sheet": "none"})


def test_what_changed_or_is_large_or_old_is_read_anew(tmp_path):
    kept: KeptFiles[bytes] = KeptFiles(2, 10)
    paths = [tmp_path / name for name in "abc"]
    reads = []

    def content(path, how=""):
        return kept.get(path, how, lambda: reads.append(path) or path.read_bytes())

    for path in paths:
        path.write_bytes(b"one")
    assert [content(paths[0]), content(paths[0])] == [b"one", b"one"] and len(reads) == 1
    content(paths[0], "another way")
    assert len(reads) == 2
    before = paths[0].stat()
    paths[0].write_bytes(b"two")
    os.utime(paths[0], ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    assert content(paths[0]) == b"two"
    content(paths[1])
    content(paths[2])
    reads.clear()
    content(paths[0])
    assert reads == [paths[0]], "two are kept, the newest"
    paths[1].write_bytes(b"longer than ten")
    assert content(paths[1]) == content(paths[1]) and reads.count(paths[1]) == 2
    with pytest.raises(FileNotFoundError):
        content(tmp_path / "gone")


def test_threads_that_ask_at_once_wait_for_one_reading(tmp_path):
    kept: KeptFiles[bytes] = KeptFiles(2, 10)
    path, reads = tmp_path / "a", []
    path.write_bytes(b"one")
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(
            lambda _i: kept.get(path, "", lambda: reads.append(1) or path.read_bytes()), range(8)
        )
        assert set(answers) == {b"one"}
    assert len(reads) == 1


def test_a_large_file_is_shared_while_somebody_holds_what_was_read(tmp_path):
    class Reading:
        """Can be held weakly, which bytes cannot."""

    kept: KeptFiles[Reading] = KeptFiles(2, 1, shares=True)
    path = tmp_path / "large"
    path.write_bytes(b"much")
    reads = []

    def read():
        reads.append(1)
        return Reading()

    held = kept.get(path, "", read)
    assert kept.get(path, "", read) is held and len(reads) == 1
    assert kept.get(path, "another way", read) is not held and len(reads) == 2
    del held
    kept.get(path, "", read)
    assert len(reads) == 3
    path.write_bytes(b"more")
    kept.get(path, "", read)
    assert len(reads) == 4
    readings: list[object] = []
    with holding(readings):
        kept.get(path, "", read)
    assert kept.get(path, "", read) is readings.pop() and len(reads) == 5
    kept.get(path, "", read)
    assert len(reads) == 6, "whoever held it has let it go"


def test_who_looks_at_a_large_table_reads_it_for_the_next_one(tmp_path, monkeypatch):
    path, source = tmp_path / "t.csv", sources["csv"]
    path.write_text("a,b\n" + "".join(f"{i},{i % 7}\n" for i in range(50)))
    monkeypatch.setattr("nnstudio.data.tables.source.KEPT", KeptFiles(2, 10, shares=True))
    reads = []
    real = source.read
    monkeypatch.setattr(source, "read", lambda *a, **k: reads.append(1) or real(*a, **k))
    options = source.complete({"path": str(path)})
    look = source.look(options)
    again = source.look({**options, "names": "a: size"})
    assert list(look.frame.columns) == ["a", "b"] and list(again.frame.columns) == ["size", "b"]
    assert len(reads) == 1 and len(load("csv", options).all_targets()) == 50 and len(reads) == 1
