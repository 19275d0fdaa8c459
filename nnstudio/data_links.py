"""Where the data of projects lies on this machine: the person's own setting, kept out of every project.

A file in the folder of the person's settings maps the hash of a content to the path from which it was read;
another one, what that was like then, so that a look tells whether it is still the same.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from threading import Event
from typing import Any, TypeVar

import msgspec
import platformdirs

from nnstudio.model.atomic_file import FileError, check_regular, read_regular, write_atomically
from nnstudio.model.folders import files_in

T = TypeVar("T")
# The latest so many are remembered.
MOST_LINKS = 500
CHUNK = 2**20
# Of larger folders, names, sizes and times tell what they hold; reading all would take long.
MOST_HASHED = 2**28


@dataclass(frozen=True)
class FileState:
    """What a file or folder is like.

    Attributes:
        stamp: a hash of the names, sizes and times of its files.
        content: a hash of what its files hold; "" where it was not taken.
        is_whole: whether files that are read along with it count; not in what older programs kept.
    """

    path: str
    is_folder: bool
    files: int
    bytes: int
    stamp: str
    content: str = ""
    is_whole: bool = False

    def has_content_of(self, path: Path, beside: Sequence[Path] = ()) -> bool:
        """Whether a folder, or a file with those beside it, holds the same, where that is known. Raises
        FileError.
        """
        return bool(self.content) and self.content == _content(path, beside)


def links_file() -> Path:
    """The file that holds the links; NNSTUDIO_CONFIG names another folder."""
    folder = os.environ.get("NNSTUDIO_CONFIG") or platformdirs.user_config_dir("nnstudio", False)
    return Path(folder) / "data-links.json"


def last_known(digest: str) -> str:
    """Where a content was last read from, be it there or not; empty where that is not known."""
    return _links().get(digest, "") if digest else ""


def linked(digest: str) -> Path | None:
    """Where a content was last read from; None where that is not known or no longer there."""
    path = Path(_links().get(digest, ""))
    return path if digest and path.is_absolute() and path.exists() else None


def remember(digest: str, path: Path, beside: Sequence[Path] = ()) -> None:
    """Keep where a content lies, and what that is like with the files ``beside`` it that are read along."""
    remember_state(digest, path, beside)
    links = _links()
    if links.get(digest) != str(path):
        _keep(links_file(), links, digest, str(path))


def known_state(digest: str, path: Path, beside: Sequence[Path] = ()) -> FileState | None:
    """What a file or folder was like when it held this content, with the files ``beside`` it; None where
    that is not known.
    """
    told = _read(states_file()).get(digest)
    try:
        state = msgspec.convert(told, FileState)
    except msgspec.ValidationError:
        return None
    is_of_all = state.is_whole or not beside
    return state if state.path == str(path) and is_of_all else None


def remember_state(digest: str, path: Path, beside: Sequence[Path] = ()) -> None:
    """Keep what a file or folder is like while it holds this content, with the files ``beside`` it."""
    try:
        known, now = known_state(digest, path, beside), state_of(path, beside)
        if known is not None and known.stamp == now.stamp:
            return
        if (now.is_folder or beside) and now.bytes <= MOST_HASHED:
            now = replace(now, content=_content(path, beside))
    except (FileError, OSError):
        return
    _keep(states_file(), _read(states_file()), digest, asdict(now))


def states_file() -> Path:
    """The file beside the links that holds what contents were like."""
    return links_file().with_name("data-states.json")


def _keep(file: Path, entries: dict[str, Any], digest: str, value: Any) -> None:
    """Write an entry. What cannot be kept costs one more question, so nothing is raised."""
    entries.pop(digest, None)
    newest = dict(list({**entries, digest: value}.items())[-MOST_LINKS:])
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, json.dumps(newest, indent=1).encode())
    except (OSError, FileError):
        pass


def _links() -> dict[str, str]:
    return {key: value for key, value in _read(links_file()).items() if isinstance(value, str)}


def _read(file: Path) -> dict[str, Any]:
    try:
        content = json.loads(read_regular(file, 2**24))
    except (FileError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def state_of(path: Path, beside: Sequence[Path] = ()) -> FileState:
    """What a file or folder is like now, with the files ``beside`` it, without its content. Raises FileError
    or OSError.
    """
    digest, size, is_folder = hashlib.sha256(), 0, path.is_dir()
    files = [*(files_in(path) if is_folder else [path]), *beside]
    for child in files:
        state = child.stat()
        size += state.st_size
        name = _name_in(child, path)
        digest.update(os.fsencode(f"{name}\0{state.st_size}\0{state.st_mtime_ns}\0"))
    return FileState(str(path), is_folder, len(files), size, digest.hexdigest(), is_whole=True)


def _name_in(file: Path, path: Path) -> str:
    """A file's name within a folder; of one beside another, its own."""
    return file.relative_to(path).as_posix() if file.is_relative_to(path) else file.name


def _content(path: Path, beside: Sequence[Path]) -> str:
    """A hash of the names and contents of the files of a folder, or of a file and those beside it. Raises
    FileError.
    """
    digest = hashlib.sha256()
    for child in [*(files_in(path) if path.is_dir() else [path]), *beside]:
        digest.update(os.fsencode(f"{_name_in(child, path)}\0{fingerprint(child)}\0"))
    return digest.hexdigest()


def with_fingerprint(path: Path, work: Callable[[], T]) -> tuple[T, str]:
    """What ``work`` returns, and the fingerprint of what it reads, taken by another core meanwhile. Raises
    what ``work`` raises, and FileError.
    """
    is_over = Event()
    with ThreadPoolExecutor(1, thread_name_prefix="nnstudio-hash") as pool:
        digest = pool.submit(fingerprint, path, is_over)
        try:
            return work(), digest.result()
        finally:
            # Who was cancelled does not wait for the end of a large file.
            is_over.set()


def fingerprint(path: Path, is_over: Event | None = None) -> str:
    """SHA-256 of a file's content, or of the names and sizes in a folder. Raises FileError.

    Once it ``is_over``, nobody looks at the result.
    """
    digest = hashlib.sha256()
    try:
        if path.is_dir():
            for child in files_in(path):
                name = child.relative_to(path).as_posix()
                # Names need not be UTF-8.
                digest.update(os.fsencode(f"{name}\0{child.stat().st_size}\0"))
            return digest.hexdigest()
        check_regular(path)
        with path.open("rb") as file:
            while (chunk := file.read(CHUNK)) and not (is_over and is_over.is_set()):
                digest.update(chunk)
    except OSError as error:
        raise FileError(f"'{path}' cannot be read: {error.strerror or error}.") from error
    return digest.hexdigest()
