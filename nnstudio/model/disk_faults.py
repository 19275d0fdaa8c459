"""Why the system refused to write, in words that a person can act on; knows nothing of what is written."""

from __future__ import annotations

import errno


def _numbers(*names: str) -> frozenset[int]:
    """Numbers of errors, as far as this system has them."""
    return frozenset(getattr(errno, name) for name in names if hasattr(errno, name))


ELSEWHERE = "choose another folder"
# What the errors mean, and what helps against them.
MEANINGS: tuple[tuple[frozenset[int], str, str], ...] = (
    (_numbers("ENOSPC"), "the disk is full", f"Make room there, or {ELSEWHERE}."),
    (_numbers("EDQUOT"), "your share of the disk is used up", f"Make room there, or {ELSEWHERE}."),
    (_numbers("EFBIG"), "files of that size are not allowed there", f"Make room there, or {ELSEWHERE}."),
    (_numbers("EROFS"), "the disk can only be read", f"Allow writing to it, or {ELSEWHERE}."),
    (_numbers("EACCES", "EPERM"), "you may not write there", f"Ask for permission, or {ELSEWHERE}."),
    (
        _numbers("ENOENT", "ENOTDIR"),
        "its folder is not there",
        f"If it was on a drive, connect that again; else {ELSEWHERE}.",
    ),
    (_numbers("ENAMETOOLONG"), "the name is too long", "Choose another name."),
    (
        _numbers("EIO", "ENXIO", "ENODEV", "ENOMEDIUM"),
        "the drive does not work, or was removed",
        f"Check the drive, or {ELSEWHERE}.",
    ),
    (
        _numbers(
            "ESTALE", "ETIMEDOUT", "EHOSTDOWN", "EHOSTUNREACH", "ENETDOWN", "ENETUNREACH", "ENOTCONN",
            "ECONNRESET", "ECONNABORTED", "ECONNREFUSED", "EREMOTEIO", "ENOLINK",
        ),
        "the network drive does not answer",
        f"Connect it again, or {ELSEWHERE}.",
    ),
)  # fmt: skip


def reason(error: OSError) -> str:
    """Why, with the system's own words, which can be searched for; only those where nothing more is known."""
    own = error.strerror or str(error)
    plain = next((words for numbers, words, _ in MEANINGS if error.errno in numbers), "")
    return f"{plain} ({own})" if plain else own


def advice(error: OSError) -> str:
    """What a person can do, as a sentence."""
    return next((told for numbers, _, told in MEANINGS if error.errno in numbers), "Choose another folder.")


def is_of_disk(error: OSError) -> bool:
    """Whether a disk, a drive or a network can be to blame, and not the program."""
    return any(error.errno in numbers for numbers, _, _ in MEANINGS)
