"""Exports a network: checked, written, run by the format's own program and compared before it counts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Any

from nnstudio.export.format import ExportError, Format, formats
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.network_part import Alone, Part, part_of
from nnstudio.export.own_rows import OwnFile, told_of_rows
from nnstudio.export.parity import Parity, as_report, compare, files_of, report_of
from nnstudio.model import disk_faults
from nnstudio.model.atomic_file import FileError, check_name, make_folder, never, write_together
from nnstudio.model.temporary import ROOM, temporary_folder
from nnstudio.training.evaluation import Evaluation

# In the name of a file that does not predict the same.
DIFFERS = ".differs"


def export(
    trained: Evaluation,
    path: Path,
    cancel_point: Callable[[], None] = never,
    format_name: str = "",
    options: Mapping[str, Any] | None = None,
    part: Part = Part.WHOLE,
    names: Mapping[str, str] | None = None,
    own: OwnFile | None = None,
) -> Parity:
    """Write, read back, compare; the report lies beside the file. Raises ExportError or FileError.

    ``names`` are what people call nodes, by identifier; ``own`` is the file of the data, from which rows are
    read once more as the export reads them.

    A ``part`` of a network is written and judged as a network of its own.

    The suffix decides the format where ``format_name`` does not; ``options`` are the format's, and SpecError
    is raised for values that they do not take. A file that does not predict the same gets a name that says
    so, and what lay there stays. Where anything cannot be written, or ``cancel_point`` ends it by raising,
    nothing is left behind.
    """
    form = formats.of(path, format_name).choosing(options or {})
    # The longer of the two names.
    check_name(report_of(path))
    trained = part_of(trained, part)
    network = exported(trained)
    form.check(network)
    # What is not proven yet lies there.
    with temporary_folder() as folder:
        trial = folder / path.name
        _try(form, network, trial)
        cancel_point()
        parity = compare(trained, form, trial, names)
        failed = parity.largest_difference is not None and not parity.holds
        if failed:
            path = path.with_name(f"{path.stem}{DIFFERS}{path.suffix}")
            parity = replace(parity, file=path.name)
        else:
            read = told_of_rows(form, trial, own, trained.data) if own and part is Part.WHOLE else ""
            told = (network.told, form.in_and_out(network), read, parity.remark)
            remark = " ".join(filter(None, told))
            parity = replace(parity, usage=form.usage(network, trial), remark=remark)
        _put(trial, path, as_report(parity), cancel_point)
    if failed:
        remedy = (
            "choose a format that does not round weights" if form.is_rounded else "tell us of the network"
        )
        raise ExportError(f"{parity.sentence} Its name says so; do not use it, and {remedy}.")
    return parity


def exported(trained: Evaluation) -> ExportedNetwork:
    """A network as formats see it, with what must be known of a part of another one."""
    return ExportedNetwork.of(trained, trained.told if isinstance(trained, Alone) else "")


def _try(form: Format, network: ExportedNetwork, trial: Path) -> None:
    """Write there. Raises ExportError or FileError."""
    try:
        if not form.suffix:
            trial.mkdir()
        form.write(network, trial)
    except OSError as error:
        folder = tempfile.gettempdir()
        raise FileError(
            f"The temporary folder '{folder}' cannot be written: {disk_faults.reason(error)}. {ROOM}"
        ) from error


def _put(trial: Path, path: Path, report: bytes, cancel_point: Callable[[], None]) -> None:
    """All where it belongs, with the report, or nothing; other files of a folder that exists stay."""
    if trial.is_dir() and path.exists() and not path.is_dir():
        raise FileError(f"'{path}' is a file, but a folder is to be written. Choose another name.")
    targets = {file: path / file.relative_to(trial) for file in files_of(trial)}
    files = ((target, file.read_bytes()) for file, target in targets.items())
    created: list[Path] = []
    try:
        if trial.is_dir():
            for folder in sorted({target.parent for target in targets.values()}):
                created += _make(folder)
        write_together(chain(files, [(report_of(path), report)]), cancel_point)
    except BaseException:
        for folder in reversed(created):
            # What others put there meanwhile stays.
            with suppress(OSError):
                folder.rmdir()
        raise


def _make(folder: Path) -> list[Path]:
    """Make a folder and those above it; those that were not there. Raises FileError."""
    missing = [one for one in (folder, *folder.parents) if not one.exists()]
    make_folder(folder)
    return missing[::-1]
