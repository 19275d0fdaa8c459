"""Files are written whole or not at all; must not know what is in them."""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import stat
import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

from nnstudio.model import disk_faults


class FileError(ValueError):
    """A file that cannot be read or written; the text says which, why and what to do.

    Attributes:
        reason: why alone, where the system gave one; else the whole text.
    """

    def __init__(self, text: str, reason: str = "") -> None:
        super().__init__(text)
        self.reason = reason or text


# Bytes that are written between two looks at whether the writing was cancelled.
CHUNK = 4 * 2**20
# Nobody writes for so long.
ABANDONED_SECONDS = 24 * 3600


def never() -> None:
    """What is called where nothing can be cancelled."""


def write_atomically(
    path: Path, content: bytes | memoryview, cancel_point: Callable[[], None] = never
) -> None:
    """Write a temporary file beside the target, flush it to disk, and rename it.

    Mode, and owner where it may, stay as they were; a new file's follow the umask. A link stays a link: what
    it leads to is written. ``cancel_point`` is called now and then, and ends the writing by raising. Raises
    FileError; the file is then as it was.
    """
    write_together([(path, content)], cancel_point)


def write_together(
    files: Iterable[tuple[Path, bytes | memoryview]], cancel_point: Callable[[], None] = never
) -> None:
    """Write several files as `write_atomically` does, and rename none before the last is on the disk.

    Raises FileError; all is then as it was, and the text names what could not be put back.
    """
    written: list[tuple[Path, Path]] = []
    path = Path()
    try:
        for path, content in files:
            target = _target(path)
            written.append((_beside(target), target))
            _write_beside(*written[-1], content, cancel_point)
        cancel_point()
        _rename_all(written)
        for folder in {target.parent for _, target in written}:
            _flush_folder(folder)
    except BaseException as error:
        for temporary, _ in written:
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)
        if not isinstance(error, OSError):
            raise
        raise refusal(path, error) from error


def refusal(path: Path, error: OSError) -> FileError:
    """What says that a file cannot be written, why, and what to do; what lay there is as it was."""
    kept = " The file that was there is unchanged." if os.path.lexists(path) else ""
    text = f"'{path}' cannot be written: {disk_faults.reason(error)}. {disk_faults.advice(error)}{kept}"
    return FileError(text, reason=error.strerror or str(error))


def make_folder(folder: Path) -> None:
    """Make a folder, and those above it, where it is not there. Raises FileError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise FileError(
            f"The folder '{folder}' cannot be made: {disk_faults.reason(error)}. {disk_faults.advice(error)}",
            reason=error.strerror or str(error),
        ) from error


def _rename_all(pairs: list[tuple[Path, Path]]) -> None:
    """Give temporary files their names, all or none. Raises OSError; FileError where some have them already
    and what lay there cannot be put back.
    """
    before = _second_names([target for _, target in pairs]) if len(pairs) > 1 else {}
    done: list[Path] = []
    try:
        for temporary, target in pairs:
            os.replace(temporary, target)
            done.append(target)
    except OSError as error:
        lost = [target.name for target in done if not _put_back(target, before)]
        if not lost:
            raise
        refused = pairs[len(done)][1]
        names = ", ".join(lost)
        raise FileError(f"{refusal(refused, error)} These were written before: {names}.") from error
    finally:
        for kept in before.values():
            if kept is not None:
                with contextlib.suppress(OSError):
                    kept.unlink(missing_ok=True)


def _second_names(targets: Iterable[Path]) -> dict[Path, Path | None]:
    """A second name beside each file that is there, None for one that is not; those that can have none, as on
    the disks of cameras, are left out.
    """
    names: dict[Path, Path | None] = {}
    for target in targets:
        if not target.exists():
            names[target] = None
            continue
        with contextlib.suppress(OSError):
            os.link(target, kept := _beside(target))
            names[target] = kept
    return names


def _put_back(target: Path, before: dict[Path, Path | None]) -> bool:
    """Whether what lay there lies there again."""
    kept = before.get(target, target)
    if kept == target:
        return False
    try:
        if kept is None:
            target.unlink()
        else:
            os.replace(kept, target)
    except OSError:
        return False
    return True


def _write_beside(
    temporary: Path, target: Path, content: bytes | memoryview, cancel_point: Callable[[], None]
) -> None:
    """The content on the disk, with the access that the target has."""
    before = target.stat() if target.exists() else None
    # Mode 666: the kernel takes the umask off, which a program cannot read without changing it.
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    with open(descriptor, "wb") as file:
        for start in range(0, len(content), CHUNK):
            cancel_point()
            file.write(content[start : start + CHUNK])
        file.flush()
        os.fsync(file.fileno())
    if before is not None:
        _keep_access(temporary, before)


def check_writable(path: Path, size: int = 0) -> None:
    """Find out before long work whether so many bytes could be written there. Raises FileError."""
    target = _target(path)
    temporary = _beside(target)
    try:
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
        temporary.unlink()
        free = shutil.disk_usage(target.parent).free
    except OSError as error:
        raise refusal(path, error) from error
    if free < size:
        raise FileError(
            f"'{path}' cannot be written: it needs about {_in_bytes(size)}, and {_in_bytes(free)} are free "
            "there. Make room or choose another folder."
        )


def _in_bytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB" if count >= 1e6 else f"{count / 1e3:,.0f} kB"


def read_regular(path: Path, limit: int) -> bytes:
    """The content of a regular file of at most ``limit`` bytes. Raises FileError.

    A pipe or a device would never end, or wait for ever.
    """
    try:
        # Without blocking: opening a pipe would wait for somebody to write into it.
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as file:
            check_regular(path, os.fstat(file.fileno()))
            content = file.read(limit + 1)
    except OSError as error:
        raise FileError(f"'{path}' cannot be opened: {error.strerror or error}.") from error
    if len(content) > limit:
        raise FileError(f"'{path}' is larger than {limit / 1e6:,.0f} MB, which is the most that is read.")
    return content


def check_regular(path: Path, status: os.stat_result | None = None) -> None:
    """Raise FileError for folders, pipes and devices, and where there is nothing."""
    try:
        mode = (status or os.stat(path)).st_mode
    except OSError as error:
        raise FileError(f"'{path}' cannot be opened: {error.strerror or error}.") from error
    if stat.S_ISDIR(mode):
        raise FileError(f"'{path}' is a folder; a file is needed.")
    if not stat.S_ISREG(mode):
        raise FileError(f"'{path}' is a pipe or a device; a regular file is needed.")


def check_name(path: Path) -> None:
    """Raise FileError for a name that nothing can have there, such as one that is too long."""
    try:
        os.lstat(path)
    except FileNotFoundError:
        pass
    except ValueError as error:
        raise FileError(f"'{path}' cannot be written: {error}. Choose another name.") from error
    except OSError as error:
        raise refusal(path, error) from error


def _target(path: Path) -> Path:
    """What would be written: where links lead. Raises FileError where that is no regular file."""
    check_name(path)
    target = Path(os.path.realpath(path))
    if target.is_dir():
        raise FileError(f"'{path}' is a folder; give the name of a file in it.")
    if target.exists():
        check_regular(target)
    return target


def _beside(target: Path) -> Path:
    return target.with_name(f".{_mark(target)}{uuid.uuid4().hex[:6]}.part")


def _mark(target: Path) -> str:
    """Tells whose a temporary file is; the name itself may be as long as names can be."""
    return hashlib.sha256(os.fsencode(target.name)).hexdigest()[:6]


def remove_leftovers(path: Path) -> None:
    """Remove what a process that was killed while it wrote this file left beside it.

    Only where nobody else may be writing it now. What cannot be removed stays.
    """
    target = Path(os.path.realpath(path))
    with contextlib.suppress(OSError):
        for file in target.parent.glob(f".{_mark(target)}??????.part"):
            file.unlink(missing_ok=True)


def remove_abandoned(folder: Path) -> None:
    """Remove what was left half written in a folder, whatever it was to be, a day ago or earlier."""
    with contextlib.suppress(OSError):
        for file in folder.glob(".????????????.part"):
            if time.time() - file.stat().st_mtime > ABANDONED_SECONDS:
                file.unlink(missing_ok=True)


def _keep_access(path: Path, before: os.stat_result) -> None:
    if hasattr(os, "chown"):
        # Only root may give files away; a group of one's own may be kept.
        for owner, group in ((before.st_uid, before.st_gid), (-1, before.st_gid)):
            with contextlib.suppress(OSError):
                os.chown(path, owner, group)
                break
    os.chmod(path, stat.S_IMODE(before.st_mode))


def _flush_folder(folder: Path) -> None:
    """Make the renaming itself survive a power cut, where the system can."""
    if not hasattr(os, "O_DIRECTORY"):
        return
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
