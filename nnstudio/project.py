"""A project between disk, window and command line: a document, its run, and its own table.

Joins the document (model), the data and the training state; the window and the command line both
go through here, so that they open, train and save the same thing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from nnkernels.spec import Option, SpecError
from nnstudio.changed_data import Change, change_of
from nnstudio.data.dataset import DataError, Dataset, Source, load, sources
from nnstudio.data.without_samples import plain, without_samples
from nnstudio.data_links import fingerprint, last_known, linked, remember, with_fingerprint
from nnstudio.examples import example_names
from nnstudio.model import projectfile
from nnstudio.model.atomic_file import FileError, read_regular
from nnstudio.model.document import DataReference, Document
from nnstudio.model.file_mark import FileMark
from nnstudio.model.history import Mark
from nnstudio.model.projectfile import ProjectError
from nnstudio.model.saved import SavedData, SavedRun
from nnstudio.training.engine import Device
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.saved import saved_run, state_of
from nnstudio.training.session import Session
from nnstudio.training.state import TrainingState
from nnstudio.training.trained import Trained
from nnstudio.unpacked_table import unpacked

# A person's own table travels inside the project up to this size.
MAX_TABLE_BYTES = 16 * 2**20


@dataclass(frozen=True)
class Moment:
    """A moment of a project: where its history stood, and how often it had been trained on."""

    mark: Mark
    trainings: int


class Project:
    """A document with the state of its training, and where it lies on disk.

    In the document, the option "path" of data from a file is one of two: an absolute path, which a person
    chose on this machine; or a mere name, which stands for what the project brought and is never looked for.

    Attributes:
        path: the file, or None for one that was never saved or could be read in part only.
        state: where training stands, or None before it began.
        brought: the data that the project was opened with.
        begun_as: title of what it began as a copy of, and the kind of data that this has; "" for nothing.
        change: what its data is by now, where that is something else than what it was opened with.
        warnings: sentences on what of an opened file could not be kept.
        trainings: counts whenever it is seen to have been trained on.
        saved: the moment that is on disk.
        mark: what its file was like when it was read or saved last; None for one that has none.
    """

    def __init__(self) -> None:
        self.document = Document()
        self.path: Path | None = None
        self.state: TrainingState | None = None
        self.brought, self.begun_as = SavedData(), ("", "")
        self.change: Change | None = None
        self._loaded: tuple[Path, SavedData] | None = None
        # What predictions need of the data, and which data that is of.
        self._facts: tuple[DataReference, dict[str, Any]] | None = None
        self.warnings: tuple[str, ...] = ()
        self.trainings = 0
        self.saved = self.moment()
        self.mark: FileMark | None = None

    def moment(self, ahead: int = 0) -> Moment:
        """The project as it is now, or so many commands later."""
        return Moment(self.document.history.mark(ahead), self.trainings)

    @property
    def is_edited(self) -> bool:
        """Whether the document differs from the saved one."""
        return self.saved.mark.at != self.document.history.done

    @property
    def needs_saving(self) -> bool:
        """Whether the document differs from the saved one by more than steps that lose nothing."""
        history, at = self.document.history, self.saved.mark.at
        if at is None:
            return True
        between = history.commands[min(at, history.done) : max(at, history.done)]
        return any(step.needs_saving for step in between)

    @property
    def was_trained(self) -> bool:
        """Whether weights differ from the saved ones by training."""
        return self.saved.trainings != self.trainings

    @property
    def is_modified(self) -> bool:
        """Whether closing would lose something."""
        return self.is_edited or self.was_trained

    @staticmethod
    def open(path: Path, table_of: projectfile.FindTable = projectfile.no_table) -> Project:
        """Read a project; ``table_of`` as in `projectfile.read`. Raises ProjectError with a sentence."""
        mark = FileMark.of(path)
        project = Project.of_members(projectfile.members_in(path), f"'{path.name}'", table_of)
        # What could be read in part only must not be written over.
        project.path, project.mark = None if project.warnings else path, mark
        return project

    @staticmethod
    def of_members(
        members: Mapping[str, bytes], name: str, table_of: projectfile.FindTable = projectfile.no_table
    ) -> Project:
        """One from the files in it (`projectfile.members_of`), which messages call ``name``; ``table_of`` as
        in `projectfile.read`. Raises ProjectError.
        """
        project = Project()
        opened = projectfile.opened_from(members, name, project.document, table_of)
        project.brought, project.warnings = opened.data, opened.warnings
        project._find_data(opened.run is not None)
        if opened.data.facts is not None:
            project._facts = project.document.data, opened.data.facts
        run = opened.run
        if run is not None:
            project.state = state_of(run, project.document.settings)
        return project

    @staticmethod
    def from_json(text: bytes, name: str) -> Project:
        """One that was never trained, from the content of project.json, which messages call ``name``.

        Raises ProjectError.
        """
        project, warnings = Project(), list[str]()
        _, project.brought = projectfile.fill(project.document, text, name, warnings)
        project.warnings = tuple(warnings)
        project._find_data(was_trained=False)
        return project

    def _find_data(self, was_trained: bool) -> None:
        """Name the data that the project brought, or that this person has at hand.

        Data that changed since it was learned from is not taken unasked: it would be divided and scaled anew.
        """
        document, data = self.document, self.brought
        if document.data.kind in sources and not sources[document.data.kind].picks:
            return
        if was_trained or data.table is not None:
            source = next((source for source in sources if source.id == document.data.kind), None)
            self.change = change_of(data, source)
        where = None if data.table is not None or self.change is not None else linked(data.hash)
        name = str(where) if where is not None else Path(data.name).name
        document.data = DataReference(document.data.kind, {**document.data.options, "path": name})

    def link_data(self, path: Path) -> None:
        """Take the data from this file or folder."""
        document = self.document
        self._facts = None
        document.data = DataReference(
            document.data.kind, {**document.data.options, "path": str(path.absolute())}
        )

    def know_data(self, facts: Mapping[str, Any]) -> None:
        """Predict by these facts of the data that the document names, as `plain` gives them: there is no data
        yet.
        """
        self._facts = self.document.data, dict(facts)

    def set_data_option(self, text: str) -> None:
        """Change an option of the data by a text such as "skip_rows=8". Raises SpecError or UnknownName."""
        name, sign, value = text.partition("=")
        name = name.strip()
        reference = self.document.data
        declared = {o.name: o for o in sources[reference.kind].options if o.name != "path"}
        if name not in declared:
            known = ", ".join(declared) or "none"
            near = get_close_matches(name, declared, 1)
            meant = f" Did you mean '{near[0]}'?" if near else ""
            raise SpecError(f"This data has no option '{name}'.{meant} Its options are: {known}.")
        if not sign:
            raise SpecError(_without_value(declared[name]))
        checked = declared[name].check(declared[name].parse(value))
        self.document.data = DataReference(reference.kind, {**reference.options, name: checked})

    def save(self, path: Path) -> None:
        """Write the project, but not over what another program changed since it was read.

        Raises ChangedOnDisk or FileError; the old file then stays as it was.
        """
        self.mark = projectfile.write(path, *self.content(), mark=self.mark)

    def content(
        self, state: TrainingState | None = None
    ) -> tuple[dict[str, Any], SavedRun | None, SavedData]:
        """What `projectfile.write` takes; a copy that another thread may write. ``state`` in the place of its
        own.
        """
        data = self._own_data()
        # What brings its content needs no more.
        data = replace(data, facts=None if data.table is not None else self._known_facts())
        return self.document.to_dict(), saved_run(state or self.state), data

    def data_file(self) -> Path | None:
        """The file or folder that the data is read from; None where there is none or it is not known."""
        document = self.document
        path = Path(str(document.data.options.get("path", "")))
        if path.is_absolute():
            return path
        table = self.brought.table
        return unpacked(table, self.brought.name) if table is not None else None

    @property
    def data_is_there(self) -> bool:
        """Whether there is something that the data can be read from."""
        if not sources[self.document.data.kind].picks:
            return True
        path = self.data_file()
        return path is not None and path.exists()

    def lacks(self, path: Path) -> bool:
        """Whether its data is not there, and came from a file or folder of this name."""
        name = Path(str(self.document.data.options.get("path") or self.brought.name)).name
        return not self.data_is_there and bool(name) and path.name == name

    def load_data(self, changes: Mapping[str, Any] | None = None) -> Dataset:
        """The data it refers to, with other values for some options. Raises DataError, FileError, SpecError
        or UnknownName.
        """
        reference = self.document.data
        source = sources[reference.kind]
        options = {**reference.options, **(changes or {})}
        if not source.picks:
            return load(reference.kind, options)
        path = self.data_file()
        if path is None:
            raise DataError(self._lost_data(source))
        wanted = {**options, "path": str(path)}
        if reference.options.get("path") != str(path):
            data = load(reference.kind, wanted)
        else:
            data, digest = with_fingerprint(path, lambda: load(reference.kind, wanted))
            self._remember(source, path, digest)
        if not changes:
            self._facts = reference, plain(data)
        return data

    @property
    def awaits_data(self) -> bool:
        """Whether it never had data, because its network was imported."""
        no_file = not self.brought.name and not self.document.data.options.get("path")
        return no_file and self._known_facts() is not None and not self.data_is_there

    def _lost_data(self, source: Source) -> str:
        """A sentence on data that the project neither brought nor knows where to find."""
        if self.awaits_data:
            return (
                f"This project has no data yet: its network was imported. Choose a {source.picks} under "
                "Data, or on the command line with --data. Predicting and exporting need none."
            )
        name = f"'{self.brought.name}'" if self.brought.name else f"a {source.picks}"
        goes_on = " Predicting and exporting go on without it." if self.predicts_alone else ""
        if self.change is not None:
            return (
                f"This project learned from {name}, which is no longer as it was. Take it as it is now under "
                f"Data, or on the command line with --take-new.{goes_on}"
            )
        where = last_known(self.brought.hash)
        lost = f", nor is it any longer where it was, '{where}'" if where else ""
        return (
            f"This project learns from {name}, which is not inside it{lost}. Choose the {source.picks} "
            f"under Data, or on the command line with --data.{goes_on}"
        )

    def _known_facts(self) -> dict[str, Any] | None:
        """What predictions need of the data, where that is of the data that the document names."""
        if self._facts is None:
            return None
        known, reference = self._facts[0], self.document.data
        same = known.kind == reference.kind and _but_path(known.options) == _but_path(reference.options)
        return self._facts[1] if same else None

    def known_data(self) -> Dataset | None:
        """What is known of the data without reading it; without samples. Raises DataError."""
        facts = self._known_facts()
        return None if facts is None else without_samples(facts)

    @property
    def predicts_alone(self) -> bool:
        """Whether it predicts as it was saved, without reading its data."""
        return self.state is not None and self._known_facts() is not None

    def predictor(self, threads: int = 1) -> Evaluation:
        """What predicts new samples: from what is saved of the data where that suffices, else a session.

        Raises SpecError or DataError.
        """
        facts, state = self._known_facts(), self.state
        if facts is None or state is None:
            return self.session(threads)
        return self._trained(facts, state, threads)

    def trained_alone(self, state: TrainingState | None = None, threads: int = 1) -> Trained:
        """The network from what is saved of its data, where that is gone; ``state`` in the place of its own.

        Raises SpecError or DataError, also where the data is there: that it cannot be used must be told.
        """
        facts, state = self._known_facts(), state or self.state
        if facts is None or state is None or self.data_is_there:
            # Says what is wrong with it.
            self.load_data()
            raise DataError("The data could not be read before, but can be now. Try again.")
        return self._trained(facts, state, threads)

    def _trained(self, facts: dict[str, Any], state: TrainingState, threads: int) -> Trained:
        document = self.document
        return Trained(document.to_network(), without_samples(facts), document.settings, state, threads)

    def _remember(self, source: Source, path: Path, digest: str) -> None:
        """Keep what was loaded from a file that the person chose, and where it lies."""
        table = None
        if source.embeds and path.stat().st_size <= MAX_TABLE_BYTES:
            table = read_regular(path, MAX_TABLE_BYTES)
            digest = hashlib.sha256(table).hexdigest()
        self._loaded = path, SavedData(path.name, digest, table)
        remember(digest, path, source.beside(path))

    def session(self, threads: int = 1, device: Device = Device.CPU, data: Dataset | None = None) -> Session:
        """Its ``data``, loaded where it is not given, and network planned, where training stands.

        Raises SpecError or DataError.
        """
        network, settings, data = self.document.to_network(), self.document.settings, data or self.load_data()
        return Session(network, data, settings, threads, self.state, device=device)

    def _own_data(self) -> SavedData:
        """What travels along: the content that was loaded, where that is what the document names."""
        kind = self.document.data.kind
        if kind in sources and not sources[kind].picks:
            return SavedData()
        path = Path(str(self.document.data.options.get("path", "")))
        if not path.is_absolute():
            return self.brought
        if self._loaded is None or self._loaded[0] != path:
            # A person chose it, and it was not loaded yet.
            try:
                self._remember(sources[kind], path, fingerprint(path))
            except (FileError, OSError, KeyError):
                return SavedData(path.name)
        assert self._loaded is not None
        return self._loaded[1]


def _but_path(options: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in options.items() if name != "path"}


def open_example(name: str) -> Project:
    """A fresh copy of a shipped example. Raises ProjectError for an unknown name."""
    if name not in example_names():
        raise ProjectError(f"There is no example '{name}'. The examples are: {', '.join(example_names())}.")
    with as_file(files("nnstudio.resources").joinpath(f"examples/{name}{projectfile.SUFFIX}")) as path:
        project = Project.open(path)
    project.path = None
    return project


__all__ = ["DataError", "FileError", "Project", "ProjectError", "SpecError", "example_names", "open_example"]


def _without_value(option: Option) -> str:
    """A sentence on an option that is named alone."""
    usual = option.default
    if isinstance(usual, bool):
        usual = "yes" if usual else "no"
    example = f"{option.name}={'…' if usual == '' else usual}"
    return f"Option '{option.name}' has no value: write it as {example}. {option.help}"
