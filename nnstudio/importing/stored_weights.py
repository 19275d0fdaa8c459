"""Arrays of files of weights before they are matched: read within bounds, nothing run, nothing skipped."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum, auto
from pathlib import Path
from typing import Any

import numpy as np

from nnkernels.spec import PLACEHOLDER, Shape
from nnstudio.data.arrays.stored import Stored
from nnstudio.data.dataset import DataError
from nnstudio.data.npy_file import NUMBERS
from nnstudio.data.npz_file import members
from nnstudio.importing.array_names import grouped, numbered
from nnstudio.importing.importer import Imported, Row, importers
from nnstudio.model.atomic_file import FileError, read_regular

# Of a file, and of all arrays in it.
MOST_BYTES = 2**31
# NumPy's names of the types of safetensors; bfloat16 is the upper half of a float32.
TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4", "I16": "<i2",
    "I8": "i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "u1", "BOOL": "?",
}  # fmt: skip
# Files of Python objects, as PyTorch writes them.
PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")
# What our own files have among their metadata.
MODULES, LAYOUT = "modules", "layout"
METADATA = "metadata:"
NO_NUMBERS = "values of type {} are no numbers"


class Lying(StrEnum):
    """How the axes of arrays lie."""

    OURS = auto()
    PYTORCH = auto()


@dataclass(frozen=True, eq=False)
class StoredArray:
    """An array by its name in the file; ``problem`` says why it has no ``values``, float32."""

    name: str
    shape: Shape
    values: np.ndarray | None
    problem: str = ""

    @staticmethod
    def of(name: str, values: np.ndarray) -> StoredArray:
        """As float32. Values that no float32 holds are a problem."""
        shape = tuple(values.shape)
        if values.dtype.kind not in NUMBERS:
            return StoredArray(name, shape, None, NO_NUMBERS.format(values.dtype))
        with np.errstate(over="ignore", invalid="ignore"):
            numbers = np.array(values, np.float32)
        if bad := int(np.count_nonzero(~np.isfinite(numbers))):
            return StoredArray(
                name, shape, None, f"{bad:,} of its {numbers.size:,} values are NaN or infinite as float32"
            )
        return StoredArray(name, shape, numbers)


@dataclass(frozen=True, eq=False)
class StoredLayer:
    """Arrays that belong together.

    Attributes:
        names: what the file calls the layer, the first for people.
        arrays: by the names that PyTorch's module or our layer gives them.
        flattened: in our own files, what a Flatten before it took, channels last; () where there is none.
            None where the file does not say it.
    """

    names: tuple[str, ...]
    arrays: Mapping[str, StoredArray]
    flattened: Shape | None = None


@dataclass(frozen=True, eq=False)
class StoredWeights:
    """All that a file holds.

    Attributes:
        lying: how its arrays lie; None where the file does not say it, and ``usual`` is likely.
        order: what the order of the layers is, after "the order".
        unread: arrays that belong to no layer that could be read, and why.
    """

    file: str
    layers: Sequence[StoredLayer]
    lying: Lying | None
    usual: Lying = Lying.PYTORCH
    order: str = "of the file"
    unread: tuple[Row, ...] = ()


def suffixes() -> tuple[str, ...]:
    """Of files that weights can be loaded from."""
    return (".safetensors", ".npz", *(suffix for importer in importers for suffix in importer.suffixes))


def read_weights(path: Path) -> StoredWeights:
    """The arrays of a file. Raises FileError with a sentence."""
    suffix = path.suffix.lower()
    if suffix in PICKLES:
        raise FileError(
            f"'{path.name}' may hold program code that runs when it is read, so it is not read. Save the "
            "weights again as safetensors: safetensors.torch.save_file(model.state_dict(), 'w.safetensors')."
        )
    if suffix not in suffixes():
        known = ", ".join(suffixes())
        raise FileError(f"Weights cannot be loaded from '{path.name}'; the suffix must be {known}.")
    if suffix == ".safetensors":
        return _safetensors(path)
    if suffix == ".npz":
        return _npz(path)
    return _of_network(path.name, importers.of(path).read(path))


def _safetensors(path: Path) -> StoredWeights:
    from safetensors import SafetensorError, deserialize

    content = read_regular(path, MOST_BYTES)
    try:
        # It compares every size in the header with the file before it takes memory.
        entries: list[tuple[str, dict[str, Any]]] = deserialize(content)  # type: ignore[no-untyped-call]  # its stub has no types
        metadata = _metadata(content)
    except (SafetensorError, ValueError, RecursionError) as error:
        raise FileError(
            f"'{path.name}' is not a safetensors file, or is damaged or cut off: {error}. Get it again."
        ) from error
    # The format keeps arrays by their size and name, not by the order of their layers.
    entries = sorted(entries, key=lambda entry: numbered(entry[0]))
    arrays = {name: _tensor(name, entry) for name, entry in entries}
    modules = _modules(metadata)
    layers = []
    for layer, keys in _groups(path, arrays).items():
        node, flattened = modules.get(layer, ("", None))
        names = (layer, node) if node else (layer,)
        layers.append(StoredLayer(names, {key: arrays[name] for key, name in keys.items()}, flattened))
    lying = Lying.PYTORCH if modules else None
    return StoredWeights(path.name, layers, lying, order="of the names, which is all that the file keeps")


def _tensor(name: str, entry: Mapping[str, Any]) -> StoredArray:
    kind, shape = str(entry["dtype"]), tuple(entry["shape"])
    if kind not in TYPES:
        return StoredArray(name, shape, None, f"values of type {kind} are not read; save them as float32")
    values = np.frombuffer(entry["data"], TYPES[kind]).reshape(shape)
    if kind == "BF16":
        values = (values.astype(np.uint32) << 16).view(np.float32)
    return StoredArray.of(name, values)


def _metadata(content: bytes) -> Mapping[str, Any]:
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    told = header.get("__metadata__") if isinstance(header, dict) else None
    return told if isinstance(told, dict) else {}


def _modules(metadata: Mapping[str, Any]) -> dict[str, tuple[str, Shape]]:
    """For each module of our own file its node, and what a Flatten before it takes; {} for other files."""
    try:
        return {
            str(entry["module"]): (str(node), tuple(int(n) for n in entry["flattened"]))
            for node, entry in json.loads(metadata[MODULES]).items()
        }
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError):
        return {}


def _npz(path: Path) -> StoredWeights:
    try:
        stored = members(path)
        with zipfile.ZipFile(path) as packed:
            if sum(info.file_size for info in packed.infolist()) > MOST_BYTES:
                raise FileError(f"The arrays of '{path.name}' take more than 2 GiB, the most that is read.")
        arrays = {array.name: _member(array) for array in stored if not array.name.startswith(METADATA)}
    except DataError as error:
        raise FileError(str(error)) from error
    is_ours = any(array.name == METADATA + LAYOUT for array in stored)
    layers = [
        StoredLayer((layer,), {key: arrays[name] for key, name in keys.items()})
        for layer, keys in _groups(path, arrays).items()
    ]
    return StoredWeights(path.name, layers, Lying.OURS if is_ours else None, Lying.OURS)


def _member(array: Stored) -> StoredArray:
    if array.dtype.kind in NUMBERS:
        return StoredArray.of(array.name, array.whole())
    return StoredArray(array.name, array.shape, None, NO_NUMBERS.format(array.dtype))


def _groups(path: Path, arrays: Mapping[str, StoredArray]) -> dict[str, dict[str, str]]:
    if not arrays:
        raise FileError(f"'{path.name}' holds no arrays, so there is nothing to load.")
    return grouped(arrays)


def _of_network(file: str, imported: Imported) -> StoredWeights:
    """The arrays of an imported network, which lie as ours do; they are called by the file's names too."""
    called: dict[str, list[str]] = {}
    for row in imported.rows:
        if row.kind == "array" and row.layer:
            called.setdefault(row.layer, []).append(row.name.rpartition(".")[0])
    kept = {node.name for node in imported.nodes if node.kind == PLACEHOLDER}
    layers = []
    for node in imported.nodes:
        if node.arrays and not node.options.get("shares"):
            others = [*called.get(node.name, []), node.name.rpartition("/")[0]]
            names = (node.name, *dict.fromkeys(name for name in others if name))
            arrays = {k: StoredArray.of(f"{node.name}.{k}", v) for k, v in node.arrays.items()}
            layers.append(StoredLayer(names, arrays))
    if not layers:
        raise FileError(f"'{file}' holds no layer with weights that can be read, so nothing is loaded.")
    unread = tuple(row for row in imported.rows if row.kind == "array" and row.layer in kept)
    return StoredWeights(file, layers, Lying.OURS, unread=unread)
