"""`nnstudio export`: the trained network as files or folders of formats, each with its parity report."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from pathlib import Path

from nnstudio.exit_codes import ExitCode
from nnstudio.export.exporting import export, exported
from nnstudio.export.format import ExportError, formats
from nnstudio.export.network_part import Part, part_of
from nnstudio.export.own_rows import OwnFile
from nnstudio.export.parity import report_of
from nnstudio.model import disk_faults
from nnstudio.model.atomic_file import FileError, check_name, check_writable
from nnstudio.model.locations import names_to_tell
from nnstudio.project import Project
from nnstudio.training.evaluation import Evaluation


def exportable(project: Project) -> Evaluation:
    """What is exported and judged: with the data where that is there, else from what is saved of it. Raises
    SpecError or DataError.
    """
    # Where it goes on without its data, the report says so.
    goes_on = project.predicts_alone and not project.data_is_there
    return project.trained_alone() if goes_on else project.session()


@dataclass(frozen=True)
class Wanted:
    """What a command asks for.

    Attributes:
        out: the file or folder; with several formats, the folder for all of them.
        stem: what files are called there, without suffix.
        names: identifiers of formats; none where the suffix of ``out`` says it.
        settings: options of the formats as NAME=VALUE.
        part: of the network.
    """

    out: Path
    stem: str
    names: Sequence[str]
    settings: Sequence[str]
    part: Part = Part.WHOLE

    def files(self) -> list[tuple[str, Path]]:
        """Identifier and file of each format. Raises ExportError or SpecError."""
        if len(self.names) < 2:
            name = next(iter(self.names), "")
            return [(formats.of(self.out, name).id, self.out)]
        forms = [formats[name] for name in self.names]
        return [
            (form.id, self.out / (f"{self.stem}{form.suffix}" if form.suffix else form.id)) for form in forms
        ]

    def options(self) -> list[dict[str, str]]:
        """Of each of the `files`, those of the options that it has; what none has goes to the first, which
        refuses it. Raises ExportError.
        """
        own: list[dict[str, str]] = [{} for _ in self.files()]
        for text in self.settings:
            option, equals, value = (part.strip() for part in text.partition("="))
            if not equals:
                raise ExportError(f"--set takes NAME=VALUE; received '{text}'.")
            known = [
                given
                for given, (name, _) in zip(own, self.files(), strict=True)
                if option in (o.name for o in formats[name].options)
            ]
            for given in known or own[:1]:
                given[option] = value
        return own


def add_export_options(parser: argparse.ArgumentParser) -> None:
    """The options of `nnstudio export` but those of its project."""
    parser.add_argument("out", type=Path, help="the file, such as weights.safetensors, or a folder")
    parser.add_argument(
        "--format", metavar="NAME", action="append", default=[],
        help="the format, where the suffix does not say it; see below. Several, as in onnx,keras, go into "
        "one folder",
    )  # fmt: skip
    parser.add_argument(
        "--set", dest="format_options", action="append", default=[], metavar="NAME=VALUE",
        help="an option of the format, such as rows=on of ONNX; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "--part", choices=tuple(Part), default=Part.WHOLE,
        help="of a network that generates: the generator alone, which takes noise, or its judge alone",
    )  # fmt: skip
    parser.add_argument(
        "--json", action="store_true",
        help="print the parity report as a JSON object; those of several formats as a list",
    )  # fmt: skip


def format_names(given: Sequence[str]) -> list[str]:
    """Identifiers that were given several times or between commas, each once. Raises ExportError."""
    names = list(dict.fromkeys(name.strip() for text in given for name in text.split(",") if name.strip()))
    known = [form.id for form in formats]
    for name in names:
        if name not in known:
            raise ExportError(f"There is no export format '{name}'. Formats: {', '.join(known)}.")
    return names


def write_export(open_project: Callable[[], Project], wanted: Wanted, as_json: bool) -> int:
    """Write, judge, and print how it went. Nothing is written before all formats can express the network."""
    several, options = len(wanted.names) > 1, wanted.options()
    folder = _existing(wanted.out) if several else nullcontext()
    with folder:
        for name, file in wanted.files():
            _check_target(name, file)
        project = open_project()
        trained, called = exportable(project), names_to_tell(project.document)
        own = OwnFile.of(project.document.data, project.data_file())
        if several:
            network = exported(part_of(trained, wanted.part))
            for (name, _), given in zip(wanted.files(), options, strict=True):
                formats[name].choosing(given).check(network)
        told = [
            export(trained, file, format_name=name, options=given, part=wanted.part, names=called, own=own)
            for (name, file), given in zip(wanted.files(), options, strict=True)
        ]
    reports = [parity.to_json() for parity in told]
    in_words = "\n\n\n".join(f"{parity.sentence}\n\n{parity.usage}".strip() for parity in told)
    print(json.dumps(reports if several else reports[0]) if as_json else in_words)
    return ExitCode.DONE


def _check_target(name: str, file: Path) -> None:
    """Raise FileError where a file or folder and its report cannot be written."""
    check_name(report_of(file))
    # The files of a folder that exists are written into it.
    if formats[name].suffix or not file.is_dir():
        check_writable(file)
    check_writable(report_of(file))


@contextmanager
def _existing(folder: Path) -> Iterator[None]:
    """A folder that is there, and gone again where nothing came into it. Raises FileError."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise FileError(
            f"'{folder}' cannot be made: {disk_faults.reason(error)}. {disk_faults.advice(error)}"
        ) from error
    try:
        yield
    finally:
        with suppress(OSError):
            folder.rmdir()
