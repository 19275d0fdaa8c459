"""Folders are searched within limits, and only for regular files."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from nnstudio.data.dataset import DataError, load
from nnstudio.data_links import fingerprint
from nnstudio.model import folders
from nnstudio.model.atomic_file import FileError
from nnstudio.model.folders import files_in, holds


def fill(folder: Path, count: int) -> None:
    folder.mkdir(parents=True)
    for number in range(count):
        (folder / f"{number}.png").write_bytes(b"x")


def test_pipes_links_to_folders_and_hidden_folders_are_passed_over(tmp_path):
    fill(tmp_path / "a", 2)
    fill(tmp_path / ".git", 2)
    os.mkfifo(tmp_path / "a" / "pipe.png")
    (tmp_path / "b").symlink_to(tmp_path)
    (tmp_path / "c.png").symlink_to(tmp_path / "a" / "1.png")
    names = [str(path.relative_to(tmp_path)) for path in files_in(tmp_path)]
    assert names == ["a/0.png", "a/1.png", "c.png"]


def test_a_whole_disk_is_not_searched(tmp_path, monkeypatch):
    looked_at = []
    scandir = os.scandir

    def counted(path):
        looked_at.append(path)
        return scandir(path)

    monkeypatch.setattr(folders, "MOST_ENTRIES", 50)
    monkeypatch.setattr(folders.os, "scandir", counted)
    for number in range(100):
        fill(tmp_path / str(number), 3)
    for search in (files_in, fingerprint):
        with pytest.raises(FileError, match="more than 50 files"):
            search(tmp_path)
    with pytest.raises(DataError, match="nothing but the data"):
        load("image_folder", {"path": str(tmp_path)})
    assert len(looked_at) < 60


def test_depth_is_limited(tmp_path):
    fill(tmp_path.joinpath(*"abcdefghijk"), 1)
    with pytest.raises(FileError, match="more than 8 deep"):
        files_in(tmp_path)


def test_a_quick_look_tells_what_lies_in_the_folders(tmp_path, monkeypatch):
    fill(tmp_path / "a" / "deep", 60)
    (tmp_path / "top.wav").touch()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / ".hidden" / "x.wav").touch()
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / "x.wav").symlink_to(tmp_path / "top.wav")
    assert holds(tmp_path, {".png"}) and holds(tmp_path, {".wav"})
    (tmp_path / "b" / "x.wav").unlink()
    assert not holds(tmp_path, {".wav"}) and not holds(tmp_path / "none", {".png"})
    (tmp_path / "a" / "deep" / "deeper").mkdir()
    (tmp_path / "a" / "deep" / "deeper" / "x.Wav").touch()
    assert holds(tmp_path, {".wav"})
    monkeypatch.setattr(folders, "MOST_LOOKED_AT", 20)
    assert not holds(tmp_path, {".wav"}) and holds(tmp_path, {".png"})
