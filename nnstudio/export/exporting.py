"""Exports a network: checked, written, run by the format's own program and compared before it counts."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from nnstudio.export.format import ExportError, formats
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.parity import Parity, compare, files_of, report_of, write_report
from nnstudio.model.atomic_file import FileError, check_name, never, write_atomically
from nnstudio.training.evaluation import Evaluation

# In the name of a file that does not predict the same.
DIFFERS = ".differs"


def export(
    trained: Evaluation,
    path: Path,
    cancel_point: Callable[[], None] = never,
    format_name: str = "",
    options: Mapping[str, Any] | None = None,
) -> Parity:
    """Write, read back, compare; the report lies beside the file. Raises ExportError or FileError.

    The suffix decides the format where ``format_name`` does not; ``options`` are the format's, and SpecError
    is raised for values that they do not take. A file that does not predict the same gets a name that says
    so, and what lay there stays; one that ``cancel_point`` ends by raising is not left behind.
    """
    form = formats.of(path, format_name).choosing(options or {})
    # The longer of the two names.
    check_name(report_of(path))
    network = ExportedNetwork.of(trained)
    form.check(network)
    with tempfile.TemporaryDirectory(prefix="nnstudio-") as folder:
        trial = Path(folder) / path.name
        if not form.suffix:
            trial.mkdir()
        form.write(network, trial)
        cancel_point()
        parity = compare(trained, form, trial)
        failed = parity.largest_difference is not None and not parity.holds
        if failed:
            path = path.with_name(f"{path.stem}{DIFFERS}{path.suffix}")
            parity = replace(parity, file=path.name)
        _put(trial, path, cancel_point)
    if not failed:
        parity = replace(parity, usage=form.usage(network, path))
    write_report(parity, path)
    if failed:
        remedy = (
            "choose a format that does not round weights" if form.is_rounded else "tell us of the network"
        )
        raise ExportError(f"{parity.sentence} Its name says so; do not use it, and {remedy}.")
    return parity


def _put(trial: Path, path: Path, cancel_point: Callable[[], None]) -> None:
    """Where it belongs; other files of a folder that exists stay."""
    if not trial.is_dir():
        write_atomically(path, trial.read_bytes(), cancel_point)
        return
    if path.exists() and not path.is_dir():
        raise FileError(f"'{path}' is a file, but a folder is to be written. Choose another name.")
    for file in files_of(trial):
        target = path / file.relative_to(trial)
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise FileError(f"'{target.parent}' cannot be made: {error.strerror}.") from error
        write_atomically(target, file.read_bytes(), cancel_point)
