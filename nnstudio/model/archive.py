"""Reads the files of a zip archive that may be damaged or hostile; must not know what is in them."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nnstudio.model.atomic_file import FileError, read_regular

# Archives hold a handful of files; a directory of millions would take the memory by itself.
MOST_FILES = 64
# Text that unpacks to more than this many times its size, beyond the first megabyte, was made to do harm:
# curves pack about ten to one.
MOST_RATIO, ALWAYS_FINE = 200, 2**20
# What reading a damaged archive can raise; zipfile lets all of these through.
DAMAGE = (
    zipfile.BadZipFile, zlib.error, KeyError, ValueError, EOFError, RuntimeError, NotImplementedError,
    OSError, OverflowError,
)  # fmt: skip


@dataclass(frozen=True)
class Kind:
    """What an archive should be, such as "an nnstudio project", and what to do where it is not."""

    name: str
    advice: str


PROJECT = Kind("an nnstudio project", "If an autosave exists, it is offered at the next start.")


def read_members(path: Path, limits: Mapping[str, int], squeezed: frozenset[str]) -> dict[str, bytes]:
    """The named files of a project, as far as they are there.

    ``limits`` are the largest sizes in bytes, by declaration and in truth; ``squeezed`` may unpack to any
    multiple of their packed size. Raises FileError with a sentence.
    """
    with opened(path, sum(limits.values()), PROJECT) as archive:
        known = [info for info in archive.infolist() if info.filename in limits]
        check_unique(path, known)
        return {
            info.filename: read_member(archive, info, limits[info.filename], info.filename in squeezed)
            for info in known
        }


@contextmanager
def opened(path: Path, limit: int, kind: Kind) -> Iterator[zipfile.ZipFile]:
    """An archive of at most ``limit`` bytes, in memory; what reading it raises becomes a FileError that names
    its ``kind``.
    """
    content = read_regular(path, limit)
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if len(archive.infolist()) > MOST_FILES:
                raise FileError(f"'{path.name}' holds more than {MOST_FILES} files; it is not {kind.name}.")
            yield archive
    except FileError:
        raise
    except MemoryError as error:
        raise FileError(f"'{path.name}' is too large for the memory of this machine.") from error
    except DAMAGE as error:
        raise FileError(f"'{path.name}' is damaged or not {kind.name} ({error}). {kind.advice}") from error


def check_unique(path: Path, members: Sequence[zipfile.ZipInfo]) -> None:
    """Raise FileError where two have one name: which of them is meant?"""
    if len({info.filename for info in members}) < len(members):
        raise FileError(f"'{path.name}' is damaged: it holds a file twice.")


def read_member(
    archive: zipfile.ZipFile, info: zipfile.ZipInfo, limit: int, any_ratio: bool = False
) -> bytes:
    """One file, never more than its limit. Raises ValueError."""
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{info.filename} is compressed in a way that is not read here")
    if info.flag_bits & 1:
        raise ValueError(f"{info.filename} is encrypted")
    if not any_ratio:
        limit = min(limit, max(ALWAYS_FINE, MOST_RATIO * info.compress_size))
    if info.file_size > limit:
        raise ValueError(f"{info.filename} would unpack to {info.file_size / 1e6:,.0f} MB")
    with archive.open(info) as file:
        # What is declared may be a lie: never unpack more than the limit.
        content = file.read(limit + 1)
    if len(content) > limit:
        raise ValueError(f"{info.filename} unpacks to more than it declares")
    return content
