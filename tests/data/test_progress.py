"""A long reading tells how far it is, to its own thread alone, and ends where the follower says so."""

from __future__ import annotations

import threading

import pytest

from nnstudio.data import large_tables, table_reader
from nnstudio.data.dataset import load
from nnstudio.data.progress import each, followed, part, tell


def test_items_are_told_before_each():
    shares = []
    with followed(shares.append):
        assert list(each("abcd")) == ["a", "b", "c", "d"]
    assert shares == [0, 0.25, 0.5, 0.75]
    tell(0.9)
    assert len(shares) == 4, "nobody follows any more"


def test_a_part_is_told_as_its_share_of_the_whole():
    shares = []
    with followed(shares.append), part(0.2, 0.6):
        assert list(each("ab")) == ["a", "b"]
    assert shares == pytest.approx([0.2, 0.4])
    with part(0.2, 0.6):
        tell(0.5)


def test_another_thread_is_not_followed():
    shares = []
    with followed(shares.append):
        other = threading.Thread(target=lambda: list(each("ab")))
        other.start()
        other.join()
    assert shares == []


def test_pictures_and_large_tables_tell(tmp_path, monkeypatch):
    from PIL import Image

    for name in ("cats", "dogs"):
        (tmp_path / "pictures" / name).mkdir(parents=True)
        for i in range(5):
            Image.new("L", (8, 8), 20 * i).save(tmp_path / "pictures" / name / f"{i}.png")
    shares = []
    with followed(shares.append):
        load("image_folder", {"path": str(tmp_path / "pictures"), "size": 8})
    # Then they become inputs, which can still be cancelled.
    assert shares[:10] == pytest.approx([i / 10 for i in range(10)]) and set(shares[10:]) == {1.0}
    monkeypatch.setattr(table_reader, "LARGE", 0)
    monkeypatch.setattr(large_tables, "PIECE", 50)
    path = tmp_path / "t.csv"
    path.write_text("a,y\n" + "".join(f"{i}.5,{i % 7}\n" for i in range(200)))
    shares.clear()
    with followed(shares.append):
        load("csv", {"path": str(path)})
    assert len(shares) >= 4 and shares == sorted(shares)


def test_the_follower_ends_it(tmp_path):
    class Enough(Exception):
        pass

    def stop(_share):
        raise Enough

    with followed(stop), pytest.raises(Enough):
        list(each("ab"))
