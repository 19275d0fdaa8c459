"""A file that another program changed is not written over; one that only looks changed is."""

from __future__ import annotations

import os

import pytest

from nnstudio.model.file_mark import ChangedOnDisk, FileMark, write_marked


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"mine")
    return path


def test_what_another_program_wrote_stays(path):
    mark = FileMark.of(path)
    path.write_bytes(b"theirs")
    with pytest.raises(ChangedOnDisk, match="changed by another program"):
        write_marked(path, b"new", mark=mark)
    assert path.read_bytes() == b"theirs" and list(path.parent.iterdir()) == [path]


def test_what_is_written_while_we_write_stays(path):
    mark, calls = FileMark.of(path), []

    def meanwhile():
        calls.append(True)
        # The last look comes when the new file is on the disk already.
        if len(calls) == 2:
            path.write_bytes(b"theirs")

    with pytest.raises(ChangedOnDisk):
        write_marked(path, b"new", meanwhile, mark)
    assert path.read_bytes() == b"theirs" and list(path.parent.iterdir()) == [path]


def test_a_change_of_the_same_size_and_time_shows_in_the_inode(path):
    mark, state = FileMark.of(path), path.stat()
    other = path.with_name("b")
    other.write_bytes(b"thei")
    os.utime(other, ns=(state.st_atime_ns, state.st_mtime_ns))
    os.replace(other, path)
    with pytest.raises(ChangedOnDisk):
        mark.check(path)


def test_another_stamp_alone_is_no_change(path):
    mark = FileMark.of(path)
    other = path.with_name("b")
    other.write_bytes(b"mine")
    os.replace(other, path)
    os.utime(path, (1, 1))
    write_marked(path, b"new", mark=mark)
    assert path.read_bytes() == b"new"


def test_marks_follow_what_is_written(path):
    mark = write_marked(path, b"first", mark=FileMark.of(path))
    mark = write_marked(path, b"second", mark=mark)
    assert mark == FileMark.of(path)


def test_other_files_and_files_that_are_gone_are_written(path):
    mark, link = FileMark.of(path), path.with_name("link")
    link.symlink_to(path)
    path.write_bytes(b"theirs")
    write_marked(path.with_name("other"), b"new", mark=mark)
    with pytest.raises(ChangedOnDisk):
        write_marked(link, b"new", mark=mark)
    path.unlink()
    write_marked(path, b"new", mark=mark)
    assert path.read_bytes() == b"new"
    assert FileMark.of(path.with_name("none")) is None
