"""Where the data of projects lies on this machine: the person's own setting, kept out of every project.

A file in the folder of the person's settings maps the hash of a content to the path from which it was read.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import platformdirs

from nnstudio.model.atomic_file import FileError, check_regular, read_regular, write_atomically
from nnstudio.model.folders import files_in

# The latest so many are remembered.
MOST_LINKS = 500
CHUNK = 2**20


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


def remember(digest: str, path: Path) -> None:
    """Keep where a content lies. What cannot be kept costs one more question, so nothing is raised."""
    links = _links()
    if links.get(digest) == str(path):
        return
    links.pop(digest, None)
    kept = {**links, digest: str(path)}
    newest = dict(list(kept.items())[-MOST_LINKS:])
    try:
        links_file().parent.mkdir(parents=True, exist_ok=True)
        write_atomically(links_file(), json.dumps(newest, indent=1).encode())
    except (OSError, FileError):
        pass


def _links() -> dict[str, str]:
    try:
        content = json.loads(read_regular(links_file(), 2**24))
    except (FileError, ValueError):
        return {}
    pairs = content.items() if isinstance(content, dict) else ()
    return {key: value for key, value in pairs if isinstance(value, str)}


def fingerprint(path: Path) -> str:
    """SHA-256 of a file's content, or of the names and sizes in a folder. Raises FileError."""
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
            while chunk := file.read(CHUNK):
                digest.update(chunk)
    except OSError as error:
        raise FileError(f"'{path}' cannot be read: {error.strerror or error}.") from error
    return digest.hexdigest()
