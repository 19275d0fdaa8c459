"""Files are written whole or not at all, and stay what they were: mode, owner, link."""

from __future__ import annotations

import os
import stat
import sys

import pytest

from nnstudio.model.atomic_file import (
    FileError,
    check_name,
    check_writable,
    read_regular,
    remove_abandoned,
    remove_leftovers,
    write_atomically,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="modes and links are POSIX")


def mode(path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize("wanted", [0o600, 0o640, 0o664, 0o444])
def test_the_mode_stays(tmp_path, wanted):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(wanted)
    write_atomically(path, b"new")
    assert path.read_bytes() == b"new" and mode(path) == wanted


def test_a_new_file_follows_the_umask(tmp_path):
    before = os.umask(0o027)
    try:
        write_atomically(tmp_path / "a", b"new")
    finally:
        os.umask(before)
    assert mode(tmp_path / "a") == 0o640


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_the_owner_stays(tmp_path):
    path = tmp_path / "a"
    path.write_bytes(b"old")
    os.chown(path, 1234, 2345)
    write_atomically(path, b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (1234, 2345)


def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path):
    there, link = tmp_path / "there", tmp_path / "link"
    there.mkdir()
    (there / "a").write_bytes(b"old")
    link.symlink_to(there / "a")
    write_atomically(link, b"new")
    assert link.is_symlink() and (there / "a").read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [there, link] or set(tmp_path.iterdir()) == {there, link}


def test_a_failed_write_leaves_the_file_and_nothing_else(tmp_path, monkeypatch):
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def full(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FileError, match=r"the disk is full \(No space left on device\).*unchanged"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old" and list(tmp_path.iterdir()) == [path]


def test_what_a_killed_write_left_goes_and_no_other_file(tmp_path, monkeypatch):
    written, replace = [], os.replace
    monkeypatch.setattr(os, "replace", lambda new, old: written.append(new) or replace(new, old))
    for name in ("mine", "other"):
        write_atomically(tmp_path / name, b"whole")
    for temporary in written:
        # As if the process had been killed before the file had its name.
        temporary.write_bytes(b"half")
    remove_leftovers(tmp_path / "mine")
    assert sorted(tmp_path.iterdir()) == sorted([tmp_path / "mine", tmp_path / "other", written[1]])
    assert (tmp_path / "mine").read_bytes() == b"whole"


def test_folders_pipes_and_devices_are_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    for path, word in ((tmp_path, "folder"), (tmp_path / "pipe", "pipe"), ("/dev/null", "device")):
        for attempt in (lambda p: write_atomically(p, b""), check_writable, lambda p: read_regular(p, 10)):
            with pytest.raises(FileError, match=word):
                attempt(type(tmp_path)(path))


def test_whether_it_could_be_written_is_known_before(tmp_path):
    check_writable(tmp_path / "a", 10)
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(FileError, match="Make room"):
        check_writable(tmp_path / "a", 1 << 60)
    with pytest.raises(FileError, match="No such file"):
        check_writable(tmp_path / "none" / "a")


@pytest.mark.parametrize(
    ("name", "why"), [("x" * 300, "too long"), ("a\0b", "null"), ("file/a", "directory")]
)
def test_a_name_that_nothing_can_have_is_said(name, why, tmp_path):
    (tmp_path / "file").touch()
    for check in (check_name, check_writable):
        with pytest.raises(FileError, match=why):
            check(tmp_path / name)
    check_name(tmp_path / "none" / "a")


def test_what_is_too_large_is_not_read(tmp_path):
    (tmp_path / "a").write_bytes(b"12345")
    assert read_regular(tmp_path / "a", 5) == b"12345"
    with pytest.raises(FileError, match="larger"):
        read_regular(tmp_path / "a", 4)


def test_only_what_was_left_long_ago_is_removed(tmp_path):
    for name in (".0123456789ab.part", ".ba9876543210.part", "mine.part", ".short.part"):
        (tmp_path / name).write_bytes(b"half")
    for name in (".0123456789ab.part", "mine.part", ".short.part"):
        os.utime(tmp_path / name, (0, 0))
    remove_abandoned(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        ".ba9876543210.part", ".short.part", "mine.part",
    ]  # fmt: skip
