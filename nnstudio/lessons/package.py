"""A lesson as one file to give away: a zip of its folder, data only. Whoever sent it is not trusted.

The file holds one folder, whose name is that of the lesson, and in it `lesson.toml` and projects.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import shutil
import stat
import unicodedata
import uuid
import zipfile
from collections.abc import Collection, Mapping
from pathlib import Path

from nnstudio.lessons.lesson import FILE, LessonError, LessonFolder, read_lesson
from nnstudio.lessons.lesson import MOST_BYTES as MOST_TEXT
from nnstudio.lessons.suffix import SUFFIX as SUFFIX
from nnstudio.model import disk_faults
from nnstudio.model.archive import Kind, check_unique, opened, read_member
from nnstudio.model.atomic_file import FileError, read_regular, write_atomically, write_together
from nnstudio.model.projectfile import SUFFIX as PROJECT_SUFFIX

# Behind the name of a lesson whose own is that of another one.
OWN = "-own"
MOST_PROJECTS, MOST_BYTES = 16, 2**27
LESSON = Kind("a lesson", "Ask whoever gave it to you for the file once more.")
# What can be the name of a folder everywhere, and of a project in it.
NAME = re.compile(r"\w(?:[\w -]{0,58}[\w-])?")
NOT_ON_WINDOWS = re.compile(r"con|prn|aux|nul|com\d|lpt\d", re.IGNORECASE)
# Zip knows no dates before; with the same one, the same lesson gives the same file.
DATE = (1980, 1, 1, 0, 0, 0)


class LessonExists(LessonError):
    """A lesson of this name is there, and is another one."""

    def __init__(self, folder: LessonFolder | None, name: str) -> None:
        title = f" (“{folder.lesson.title}”)" if folder is not None else ""
        super().__init__(
            f"You have another lesson '{name}'{title} already, and it stays as it is. Replace it, or remove "
            "it first; your work in it is kept."
        )


def key(name: str) -> str:
    """What two names of lessons have in common that are one folder on some machine."""
    return unicodedata.normalize("NFKC", name).casefold()


def pack(folder: Path, out: Path) -> tuple[str, ...]:
    """Write a lesson into one file; the names in its folder that were left out, sorted.

    Raises LessonError for a lesson that is not in order or that nobody could unpack, FileError for a file
    that cannot be read or written.
    """
    if out.suffix.lower() != SUFFIX:
        raise LessonError(f"'{out}' must end in {SUFFIX}: that is what a lesson to give away is known by.")
    read = read_lesson(Path(os.path.abspath(folder)))
    _check_name(read.id)
    names = sorted(path.name for path in read.folder.iterdir())
    kept = [name for name in names if _belongs(name) and not (read.folder / name).is_symlink()]
    _check_members(read.id, kept, read.lesson.project)
    contents = {name: read_regular(read.folder / name, MOST_BYTES) for name in kept}
    total = sum(map(len, contents.values()))
    if total > MOST_BYTES:
        raise LessonError(
            f"The lesson '{read.id}' takes {total / 1e6:,.0f} MB, and {MOST_BYTES / 1e6:,.0f} MB is the most "
            "that can be given away. Keep less data in its projects."
        )
    write_atomically(out, _zipped(read.id, contents))
    return tuple(name for name in names if name not in kept)


def unpack(file: Path, into: Path, taken: Collection[str] = (), is_replacing: bool = False) -> LessonFolder:
    """Put a lesson that was given away into a folder of lessons, whole or not at all.

    One of a name that is ``taken`` gets OWN behind it. The same lesson once more changes nothing. Raises
    LessonExists where another one has its name, unless ``is_replacing`` it; LessonError or FileError, in a
    sentence, for what is no lesson.
    """
    name, contents = _contents(file)
    if key(name) in {key(one) for one in taken}:
        name += OWN
    try:
        return _kept(into, name, contents, is_replacing)
    except OSError as error:
        raise FileError(
            f"The lesson '{name}' cannot be kept in '{into}': {disk_faults.reason(error)}. "
            f"{disk_faults.advice(error)}"
        ) from error


def _kept(into: Path, name: str, contents: Mapping[str, bytes], is_replacing: bool) -> LessonFolder:
    """The lesson in its folder. Raises LessonError or OSError; all is then as it was."""
    target = _same_name(into, name) or into / name
    if target.exists() and not is_replacing:
        if _holds(target, contents):
            return read_lesson(target)
        raise LessonExists(_readable(target), name)
    is_new, beside = not into.exists(), into / f".{uuid.uuid4().hex[:12]}.part"
    try:
        fresh = beside / target.name
        fresh.mkdir(parents=True)
        write_together([(fresh / one, content) for one, content in contents.items()])
        lesson = read_lesson(fresh).lesson
        _exchange(fresh, target, beside / "before")
    finally:
        shutil.rmtree(beside, ignore_errors=True)
        if is_new:
            # Nothing is left of what was refused.
            with contextlib.suppress(OSError):
                into.rmdir()
    return LessonFolder(target.name, target, lesson)


def _exchange(fresh: Path, target: Path, before: Path) -> None:
    """Rename one folder to another's name; that is at its old one again where it fails. Raises OSError."""
    if not target.exists():
        os.rename(fresh, target)
        return
    os.rename(target, before)
    try:
        os.rename(fresh, target)
    except OSError:
        os.rename(before, target)
        raise


def _contents(file: Path) -> tuple[str, dict[str, bytes]]:
    """The name of the lesson in a file, and its files by their names. Raises FileError."""
    if file.suffix.lower() != SUFFIX:
        raise LessonError(f"'{file.name}' is no lesson to add: those end in {SUFFIX}.")
    with opened(file, MOST_BYTES, LESSON) as archive:
        members = archive.infolist()
        check_unique(file, members)
        lesson, names = _names(file, members)
        contents: dict[str, bytes] = {}
        left = MOST_BYTES
        for info, name in zip(members, names, strict=True):
            content = read_member(archive, info, min(left, MOST_TEXT) if name == FILE else left)
            contents[name] = content
            left -= len(content)
        return lesson, contents


def _names(file: Path, members: list[zipfile.ZipInfo]) -> tuple[str, list[str]]:
    """The name of the one folder in an archive, and those of the files in it. Raises LessonError."""
    folders, names = set(), []
    for info in members:
        folder, sign, name = info.filename.partition("/")
        is_link = stat.S_ISLNK(info.external_attr >> 16)
        if not (sign and _belongs(name)) or is_link:
            what = "a link" if is_link else "something else"
            raise LessonError(
                f"'{file.name}' is not taken: a lesson is a folder with {FILE} and projects "
                f"(*{PROJECT_SUFFIX}), and '{info.filename[:80]}' in it is {what}."
            )
        folders.add(folder)
        names.append(name)
    if len(folders) != 1:
        raise LessonError(
            f"'{file.name}' is not taken: one lesson was expected in it, and not {len(folders)}."
        )
    (lesson,) = folders
    _check_name(lesson)
    _check_members(lesson, names)
    return lesson, names


def _belongs(name: str) -> bool:
    stem, suffix = os.path.splitext(name)
    return name == FILE or (suffix == PROJECT_SUFFIX and _is_name(stem))


def _is_name(name: str) -> bool:
    return bool(NAME.fullmatch(name)) and not NOT_ON_WINDOWS.fullmatch(name)


def _check_name(lesson: str) -> None:
    if not _is_name(lesson):
        raise LessonError(
            f"A lesson cannot be called '{lesson[:80]}': the name of its folder may have up to 60 letters, "
            "digits, hyphens and blanks, and must be allowed on every system. Give the folder another name."
        )


def _check_members(lesson: str, names: Collection[str], project: str = "") -> None:
    if FILE not in names:
        raise LessonError(f"The lesson '{lesson}' lacks {FILE}, which says what it is.")
    if len({key(name) for name in names}) < len(names):
        raise LessonError(f"The lesson '{lesson}' has two files whose names differ by capital letters only.")
    if len(names) > MOST_PROJECTS + 1:
        raise LessonError(f"The lesson '{lesson}' has more than {MOST_PROJECTS} projects.")
    if project and project not in names:
        raise LessonError(
            f"The lesson '{lesson}' begins with '{project}', which cannot be given away. It must be a file "
            f"in its folder, not a link, and its name letters and digits that end in {PROJECT_SUFFIX}."
        )


def _zipped(lesson: str, contents: Mapping[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in contents.items():
            info = zipfile.ZipInfo(f"{lesson}/{name}", DATE)
            # Projects are zips themselves.
            info.compress_type = zipfile.ZIP_DEFLATED if name == FILE else zipfile.ZIP_STORED
            info.external_attr = (stat.S_IFREG | 0o644) << 16
            archive.writestr(info, content)
    return buffer.getvalue()


def _same_name(into: Path, name: str) -> Path | None:
    """The folder that is there under this name, however it is written."""
    if not into.is_dir():
        return None
    return next((path for path in into.iterdir() if key(path.name) == key(name)), None)


def _holds(folder: Path, contents: Mapping[str, bytes]) -> bool:
    """Whether a folder holds just these files."""
    if not folder.is_dir() or {path.name for path in folder.iterdir()} != contents.keys():
        return False
    return all(read_regular(folder / name, MOST_BYTES) == content for name, content in contents.items())


def _readable(folder: Path) -> LessonFolder | None:
    try:
        return read_lesson(folder)
    except LessonError:
        return None
