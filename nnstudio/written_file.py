"""What commands ask of the file that they are to write, before anything is read or computed."""

from __future__ import annotations

from pathlib import Path

from nnstudio.model.atomic_file import FileError, check_name, check_writable
from nnstudio.model.projectfile import SUFFIX


def check_project_name(out: Path, why: str = "") -> None:
    """Raise FileError for a file that is not named as a project; ``why`` it must be one, or ""."""
    if out.suffix.lower() != SUFFIX:
        raise FileError(f"'{out}' must end in {SUFFIX}{': ' * bool(why)}{why}.")


def check_free(out: Path, replace: bool) -> None:
    """Raise FileError for a name that nothing can have, or that something has which must stay."""
    check_name(out)
    if out.exists() and not replace:
        raise FileError(f"'{out}' already exists. Choose another name, or add --replace.")


def check_new_project(out: Path, replace: bool) -> None:
    """Raise FileError where a project cannot be written there."""
    check_project_name(out)
    check_free(out, replace)
    check_writable(out)


def is_same_file(one: Path, other: Path) -> bool:
    """Whether both are there and are one file, by whatever name."""
    return one.exists() and other.exists() and one.samefile(other)
