"""A process whose system calls fail: does every kind of writing on every bad disk, and says how it went.

Arguments: the library of `failing_calls.c` or "-", whether it may mount, whether all rows are wanted.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from faults.all_writings import Writing, all_writings

OPEN, WRITE, FSYNC, RENAME, MKDIR = range(1, 6)
# Faults of system calls: a name, which call fails, how, after how many that pass, and how often, 0 for ever.
CALLS = (
    ("disk full, at writing", WRITE, errno.ENOSPC, 0, 0),
    ("disk full, at the end", FSYNC, errno.ENOSPC, 0, 0),
    ("quota used up", WRITE, errno.EDQUOT, 0, 0),
    ("drive fails, at writing", WRITE, errno.EIO, 0, 0),
    ("drive fails, at the end", FSYNC, errno.EIO, 0, 0),
    ("drive fails, at renaming", RENAME, errno.EIO, 0, 0),
    ("drive fails, at renaming the second", RENAME, errno.EIO, 1, 0),
    ("drive fails once, at renaming the second", RENAME, errno.EIO, 1, 1),
    ("drive removed", OPEN, errno.ENXIO, 0, 0),
    ("network drive gone, at opening", OPEN, errno.ESTALE, 0, 0),
    ("network drive gone, at writing", WRITE, errno.ETIMEDOUT, 0, 0),
    ("network drive gone, at renaming", RENAME, errno.ESTALE, 0, 0),
    ("not allowed", OPEN, errno.EACCES, 0, 0),
    ("no folder can be made", MKDIR, errno.EROFS, 0, 0),
)
# Faults of real file systems and limits.
REAL = (
    "full file system",
    "read-only file system",
    "largest size of a file",
    "folder removed",
    "name too long",
)
MOUNTED = REAL[:2]
# Each kind of writing meets one fault of so many.
SOME = 5


class Row(dict):
    """kind, whether it is a folder, fault, sentence, what is kept, what is left over, error."""


def tree(folder: Path) -> dict[str, bytes]:
    """All files below a folder, but locks and databases, with their content."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix != ".lock" and not path.name.startswith("runs.sqlite")
    }


def row(writing: Writing, fault: str, path: Path, failing: Callable[[], int]) -> Row | None:
    """Write while the disk fails; None where nothing failed, for this writing does not do what fails."""
    folder = path.parent
    before, sentence, error = tree(folder), "", ""
    try:
        sentence = writing.write(path)
    except BaseException:
        error = traceback.format_exc()
    if not failing() and not error:
        return None
    after = tree(folder)
    kept = all(after.get(name) == content for name, content in before.items())
    if not writing.once:
        kept = kept and writing.is_whole(folder)
    left = sorted(name for name in after if name not in before)
    is_folder = bool(writing.file) and not Path(writing.file).suffix
    return Row(
        is_folder=is_folder,
        kind=writing.name,
        fault=fault,
        sentence=sentence,
        kept=kept,
        left=left,
        error=error,
    )


def rows_of_calls(shim: ctypes.CDLL, writing: Writing, chosen: slice) -> Iterator[Row]:
    """One for each system call that fails."""
    for fault, call, number, after, times in CALLS[chosen]:
        with tempfile.TemporaryDirectory(prefix="faults-") as root:
            folder = Path(root)
            path = folder / (writing.file or "x")
            # Folders are made when they are missing only.
            if call != MKDIR:
                prepare(writing, path)
            shim.fault_arm(str(folder).encode(), call, number, after, times)
            done = row(writing, fault, path, shim.fault_disarm)
            # Folders that are there are asked for, too; and what failed once may be tried again.
            is_mended = done is not None and not done["sentence"] and (call == MKDIR or times)
            if done is not None and not is_mended:
                yield done


def prepare(writing: Writing, path: Path) -> None:
    """What lies there before."""
    if not writing.once:
        told = writing.write(path)
        assert not told, told


@contextmanager
def mounted() -> Iterator[Path]:
    """A file system of a megabyte."""
    folder = Path(tempfile.mkdtemp(prefix="faults-"))
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", folder], check=True)
        folder.rmdir()


def rows_of_mounts(writing: Writing) -> Iterator[Row]:
    """A real disk that is full, and one that can only be read."""
    for fault in MOUNTED:
        with mounted() as disk:
            folder = disk / "mine"
            folder.mkdir()
            path = folder / (writing.file or "x")
            prepare(writing, path)
            if fault == MOUNTED[0]:
                fill(disk / "rest")
            else:
                subprocess.run(["mount", "-o", "remount,bind,ro", disk], check=True)
            done = row(writing, fault, path, lambda: 1)
            assert done is not None
            yield done


def fill(path: Path) -> None:
    """Take all that is free."""
    with path.open("wb", buffering=0) as file:
        for size in (4096, 1):
            try:
                while True:
                    file.write(bytes(size))
            except OSError as error:
                assert error.errno == errno.ENOSPC


def rows_without_privileges(writing: Writing) -> Iterator[Row]:
    """A limit on the size of files, a folder that is gone, a name that is too long."""
    with tempfile.TemporaryDirectory(prefix="faults-") as root:
        path = Path(root) / (writing.file or "x")
        prepare(writing, path)
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (10, hard))

        def undo() -> int:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            return 1

        try:
            done = row(writing, REAL[2], path, undo)
        finally:
            undo()
        assert done is not None
        yield done
    if not writing.file:
        return
    with tempfile.TemporaryDirectory(prefix="faults-") as root:
        folder = Path(root) / "drive"
        folder.mkdir()
        path = folder / writing.file
        prepare(writing, path)
        shutil.rmtree(folder)
        done = row(writing, REAL[3], path, lambda: 1)
        assert done is not None
        yield done
        long = Path(root) / ("x" * 256 + Path(writing.file).suffix)
        done = row(writing, REAL[4], long, lambda: 1)
        assert done is not None
        yield done


def main(library: str, may_mount: bool, wants_all: bool) -> None:
    """Print the rows as JSON."""
    from nnstudio.ui.canvas.figure import application

    kept = application()
    with tempfile.TemporaryDirectory(prefix="faults-home-") as home:
        os.environ["NNSTUDIO_DATA"] = home
        shim = ctypes.CDLL(library) if library != "-" else None
        rows: list[Row] = []
        for turn, writing in enumerate(all_writings(Path(home))):
            # Else each kind meets some faults, and each fault several kinds.
            step = 1 if wants_all else len(CALLS) if writing.slow else SOME
            if shim is not None:
                # Whatever is written meets the first.
                first = 0 if writing.slow else turn % step
                rows += rows_of_calls(shim, writing, slice(first, None, step))
            if wants_all or not writing.slow:
                rows += rows_without_privileges(writing)
                rows += rows_of_mounts(writing) if may_mount and (wants_all or turn % 2) else ()
    print(json.dumps(rows))
    del kept


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] == "yes", sys.argv[3] == "yes")
