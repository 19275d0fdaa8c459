"""What an export format does, and the registry that finds formats."""

from __future__ import annotations

import json
from collections.abc import Callable, Container, Mapping, Sequence
from copy import copy
from pathlib import Path
from typing import Any, ClassVar, Self

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.spec import TRAINED_OPTIONS, Option
from nnkernels.spec.registry import Registry
from nnstudio.export import network as exported
from nnstudio.export.network import ExportedNetwork

# Options that say how arrays begin, or who uses and changes them: nothing of what is computed.
NOT_COMPUTED = frozenset({
    "init", "init_values", "bias_values", "start", *(option.name for option in TRAINED_OPTIONS)
})  # fmt: skip
# The ways of padding that formats know where they heed it; one that is added must be taught to each.
PADDINGS = ("same", "same lower", "valid", "number", "sides", "causal")


class ExportError(ValueError):
    """An export that failed or does not predict the same; the text is a sentence."""


class Format:
    """A kind of file, or of a folder of files. A file in this package that registers one is all it takes.

    Attributes:
        help: what it is for and what opens it, in a sentence; shown where formats are chosen.
        suffix: of its files, with the dot, no two formats share one; "" for a folder, which its identifier
            chooses.
        is_rounded: whether weights lose digits on purpose. The file is then judged by its score beside the
            engine's, see `quality`, and no longer by the difference of predictions.
        takes_one: whether its programs take one sample at a time, so that there are no batches to compare.
        extra: which extra of nnstudio, as in `nnstudio[onnx]`, brings the programs that open its files.
        options: what may be chosen of a file; `setting` tells what was.
        first_alone: whether of several Outputs its files give the first one only.
    """

    id: str = ""
    title: ClassVar[str] = ""
    help: ClassVar[str] = ""
    suffix: ClassVar[str] = ""
    takes_one: ClassVar[bool] = False
    extra: ClassVar[str] = ""
    is_rounded: ClassVar[bool] = False
    order: ClassVar[int] = 0
    first_alone: ClassVar[bool] = False
    options: ClassVar[tuple[Option, ...]] = ()
    _chosen: Mapping[str, Any] = {}

    def choosing(self, given: Mapping[str, Any]) -> Self:
        """This format with options set; texts are read as on a command line. Raises ExportError or SpecError
        for an option that it does not have or a value that it does not take.
        """
        known = {option.name: option for option in self.options}
        chosen = {}
        for name, value in given.items():
            if name not in known:
                names = ", ".join(known) or "none"
                raise ExportError(f"{self.title} has no option '{name}'. Its options are: {names}.")
            option = known[name]
            chosen[name] = option.check(option.parse(value) if isinstance(value, str) else value)
        form = copy(self)
        form._chosen = chosen
        return form

    def setting(self, name: str) -> Any:
        """The value of an option: what was chosen, else its default."""
        default = next(option.default for option in self.options if option.name == name)
        return self._chosen.get(name, default)

    def check(self, network: ExportedNetwork) -> None:
        """Raise ExportError for what the format cannot express: which node, why, and the way out."""

    def write(self, network: ExportedNetwork, path: Path) -> None:
        """Write one file, or the files of a folder that exists. Raises ExportError."""
        raise NotImplementedError

    def remark(self, path: Path) -> str:
        """What else a person wants to know of a file that was written, in sentences; "" for nothing."""
        return ""

    def usage(self, network: ExportedNetwork, path: Path) -> str:
        """How whoever gets the file that was written there begins with it: lines of a program, with what
        must be known as its comments; "" for nothing.
        """
        return ""

    def in_and_out(self, network: ExportedNetwork) -> str:
        """Whether what the file takes and gives is in the units of the data, in a sentence that everybody who
        exports reads; "" where nothing is scaled, or nothing is known.
        """
        return ""

    def judge(self) -> str:
        """Name and version of the program by which `predict` runs a file here; "" where there is none."""
        return ""

    def predict(self, path: Path, inputs: np.ndarray) -> np.ndarray | None:
        """What the file predicts, as whoever gets it would find out; None where that cannot be tried here.

        Inputs are `(n, *input_shape)`, float64, in the units of the data and with channels last. The result
        is what the network's first Output gives for them, `(n, *shape)`, with channels last and before number
        targets are scaled back.
        """
        return None

    def reads(self, path: Path, table: Path) -> tuple[np.ndarray, np.ndarray] | None:
        """What the file's own program reads of a table of text: the inputs `(answered rows, inputs)` in the
        units of the data, and whether each row has some, `(rows,)`; None where it reads none, or that cannot
        be tried here. Raises OSError or ValueError where it fails.
        """
        return None

    def predictions(self, path: Path, batches: Sequence[np.ndarray]) -> list[np.ndarray] | None:
        """What `predict` gives for each of several batches."""
        results: list[np.ndarray] = []
        for inputs in batches:
            predicted = self.predict(path, inputs)
            if predicted is None:
                return None
            results.append(predicted)
        return results

    def other_outputs(self, path: Path, inputs: np.ndarray) -> list[np.ndarray] | None:
        """What the Outputs behind the first give, in the order of the network, each as `predict` does; None
        where that cannot be tried here, or is not in the file.
        """
        return None


def refuse_others(title: str, network: ExportedNetwork, known: Container[str]) -> None:
    """Raise ExportError that names all nodes of layers that a format does not know."""
    unknown = [node for node in network.nodes if node.layer.id not in known]
    if unknown:
        names = ", ".join(f"'{node.id}' ({node.layer.title})" for node in unknown)
        raise ExportError(
            f"{title} cannot express {names}. Replace {'them' if len(unknown) > 1 else 'it'}, or choose "
            "another format: NumPy NPZ holds every layer."
        )


def refuse_not_finite(title: str, network: ExportedNetwork) -> None:
    """Raise ExportError for numbers that are not finite, which a format has no way to write."""
    for name, values in network.arrays.items():
        if not np.isfinite(values).all():
            raise ExportError(
                f"'{name}' holds numbers that are not finite, which {title} cannot write. Reset the network "
                "and train it with a smaller learning rate, or choose NumPy NPZ."
            )


def refuse_options(
    title: str, network: ExportedNetwork, heeded: Callable[[Resolved], Container[str] | None]
) -> None:
    """Raise ExportError for an option that says what is computed and that a format does not heed.

    ``heeded`` gives the names of those that it heeds of a node, None for all.
    """
    for node in network.nodes:
        known = heeded(node)
        for option in node.layer.options if known is not None else ():
            given = node.options[option.name]
            if given == option.default or option.name in NOT_COMPUTED or not option.matters(node.options):
                continue
            is_known = known is not None and option.name in known
            if option.name == "padding" and isinstance(given, str):
                is_known = is_known and given in PADDINGS
            if not is_known:
                raise ExportError(
                    f"{title} cannot express '{node.id}' ({node.layer.title}) with {option.name} = "
                    f"{given!r}. Set it to {option.default!r} and train again, or choose another format: "
                    "NumPy NPZ holds every layer."
                )


class WeightsFormat(Format):
    """Base of formats that hold named arrays and texts; the proof follows from `read`."""

    def read(self, path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        """Arrays and metadata of a file."""
        raise NotImplementedError

    def in_and_out(self, network: ExportedNetwork) -> str:
        if not network.has_scaled_targets:
            return ""
        return (
            "It holds weights alone: values enter as (value - x_shift) / x_scale, and what comes out, times "
            "y_scale plus y_shift, is in the units of the data; 'preprocessing' in its metadata has them."
        )

    def judge(self) -> str:
        return f"the layers' references in NumPy {np.__version__}"

    def predict(self, path: Path, inputs: np.ndarray) -> np.ndarray | None:
        return exported.predict(*self.read(path), inputs)

    def other_outputs(self, path: Path, inputs: np.ndarray) -> list[np.ndarray] | None:
        arrays, metadata = self.read(path)
        given, first = exported.outputs(arrays, metadata, inputs), json.loads(metadata["output"])
        return [values for name, values in given.items() if name != first]


class Formats(Registry[Format]):
    """Formats by identifier, and by suffix."""

    def add(self, entry: Format) -> None:
        """Raises ValueError for an identifier or a suffix in use."""
        taken = [f.title for f in self._entries.values() if entry.suffix and f.suffix == entry.suffix]
        if taken:
            raise ValueError(f"{entry.title} and {taken[0]} both write '{entry.suffix}' files; change one.")
        super().add(entry)

    def of(self, path: Path, name: str = "") -> Format:
        """The format of that identifier, else the one that a file's suffix names. Raises ExportError."""
        by_suffix = {f.suffix: f for f in self if f.suffix}
        if name:
            form = self[name]
            if not path.name.lower().endswith(form.suffix):
                raise ExportError(f"'{path.name}' must end in {form.suffix} to hold {form.title}.")
            return form
        fitting = [suffix for suffix in by_suffix if path.name.lower().endswith(suffix)]
        if not fitting:
            known = " or ".join(by_suffix)
            folders = ", ".join(f.id for f in self if not f.suffix)
            ways = f", or name a format that writes a folder: {folders}" if folders else ""
            raise ExportError(f"'{path.name}' must end in {known}; the suffix decides the format{ways}.")
        # Of .h and .int8.h, the longer one says more.
        return by_suffix[max(fitting, key=len)]


formats = Formats("export format", "nnstudio.export", "nnstudio.formats")
