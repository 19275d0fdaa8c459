"""`nnstudio export`: the trained network as a file or folder of a format, with its parity report."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from nnstudio.exit_codes import ExitCode
from nnstudio.export.exporting import export
from nnstudio.export.format import ExportError, formats
from nnstudio.export.parity import report_of
from nnstudio.model.atomic_file import check_name, check_writable
from nnstudio.project import Project
from nnstudio.training.evaluation import Evaluation


def exportable(project: Project) -> Evaluation:
    """What is exported and judged: with the data where that is there, else from what is saved of it. Raises
    SpecError or DataError.
    """
    # Where it goes on without its data, the report says so.
    goes_on = project.predicts_alone and not project.data_is_there
    return project.trained_alone() if goes_on else project.session()


def write_export(
    open_project: Callable[[], Project], out: Path, name: str, settings: Sequence[str], as_json: bool
) -> int:
    """Write, judge, and print how it went; ``settings`` are options of the format as NAME=VALUE."""
    form = formats.of(out, name)
    check_name(report_of(out))
    # The files of a folder that exists are written into it.
    if form.suffix or not out.is_dir():
        check_writable(out)
    check_writable(report_of(out))
    given = {}
    for text in settings:
        option, equals, value = text.partition("=")
        if not equals:
            raise ExportError(f"--set takes NAME=VALUE; received '{text}'.")
        given[option.strip()] = value.strip()
    parity = export(exportable(open_project()), out, format_name=name, options=given)
    in_words = f"{parity.sentence}\n\n{parity.usage}".strip()
    print(json.dumps(parity.to_json()) if as_json else in_words)
    return ExitCode.DONE
