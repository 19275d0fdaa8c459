"""Arrays of a file into the layers of a network: by name, else by order and shape, and nothing in silence."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from nnstudio.importing.array_names import plain_name
from nnstudio.importing.stored_weights import Lying, StoredLayer, StoredWeights
from nnstudio.importing.weight_fit import Taken, WeightRow, fits_whole, take
from nnstudio.importing.weight_targets import Target

# Pairs of layers that are tried where names do not match.
MOST_PAIRS = 1_000_000
BY_NAME, BY_SHAPE = "by name", "by shape, which no other layer has; the names differ"
BY_ORDER = "by the order {order}, as the names differ; {count} have this shape, so look whether it is right"
UNMATCHED = "no layer of the network is called so, and none that is left in this order has its shape"
LIES = {
    Lying.PYTORCH: "as PyTorch has them, weights (out, in) and pictures with channels first",
    Lying.OURS: "as nnstudio has them, weights (in, out) and pictures with channels last",
}


@dataclass(frozen=True, eq=False)
class WeightMatch:
    """A file of weights against a network.

    Attributes:
        values: new arrays by node and parameter, as ours lie.
        whole: nodes of which all arrays were loaded.
        notes: sentences on what was assumed.
        names: what people call the nodes, by identifier.
    """

    rows: tuple[WeightRow, ...]
    values: Mapping[str, Mapping[str, np.ndarray]]
    whole: tuple[str, ...]
    notes: tuple[str, ...]
    names: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether every array of the file and of the network has its counterpart."""
        return not any(row.is_needed and not row.is_loaded for row in self.rows)

    @property
    def is_guessed(self) -> bool:
        """Whether something of it was not told by names and by the file, and should be looked at."""
        return any(row.is_guessed for row in self.rows)

    @property
    def is_empty(self) -> bool:
        """Whether nothing matches."""
        return not any(self.values.values())

    @property
    def sentence(self) -> str:
        """How much matches."""
        arrays = [row for row in self.rows if row.array]
        loaded = sum(row.is_loaded for row in arrays)
        text = f"{loaded} of {len(arrays)} arrays of the file match the network."
        if left := len(self.rows) - len(arrays):
            one = left == 1
            text += f" {left} of the network's own {'gets' if one else 'get'} nothing and "
            text += "stays as it is." if one else "stay as they are."
        return text


def match_weights(stored: StoredWeights, targets: Sequence[Target]) -> WeightMatch:
    """Which array goes where. Nothing is changed yet."""
    if stored.lying is not None:
        return _Matching(stored, targets, stored.lying, is_told=True).result(())
    other = Lying.OURS if stored.usual == Lying.PYTORCH else Lying.PYTORCH
    usual, unusual = (_Matching(stored, targets, lying, is_told=False) for lying in (stored.usual, other))
    best, rest = (unusual, usual) if unusual.fitting > usual.fitting else (usual, unusual)
    why = "which is usual for such files"
    if best.fitting > rest.fitting:
        why = f"because so {best.fitting} of them fit, and the other way {rest.fitting}"
    note = f"'{stored.file}' does not say how its arrays lie. They are taken {LIES[best.lying]}, {why}."
    return best.result((note,))


class _Matching:
    """All arrays of a file against all layers, for one way in which they lie."""

    def __init__(self, stored: StoredWeights, targets: Sequence[Target], lying: Lying, is_told: bool) -> None:
        self.stored, self.targets, self.lying, self.is_told = stored, targets, lying, is_told
        self.rows: dict[str, WeightRow] = {}
        # How many arrays of the file have the shape that is expected.
        self.fitting = 0
        # A node that a layer of the file is called like is here even where nothing fits, so that no other
        # layer takes its weights.
        self.values: dict[str, Mapping[str, np.ndarray]] = {}
        self._by_order(self._by_name())

    def result(self, notes: tuple[str, ...]) -> WeightMatch:
        """The table, in the order of the file, then what of the network gets nothing."""
        arrays = [array for layer in self.stored.layers for array in layer.arrays.values()]
        rows = [self.rows.get(a.name, WeightRow(a.name, a.shape, "", a.problem or UNMATCHED)) for a in arrays]
        rows += [
            WeightRow(row.name, (), "", f"it belongs to '{row.layer}', which is not read")
            for row in self.stored.unread
        ]
        whole = []
        for target in self.targets:
            node, got = target.node.id, self.values.get(target.node.id, {})
            left = {name: array for name, array in target.arrays.items() if name not in got}
            rows += [
                WeightRow("", array.shape, f"{node}.{name}", "gets nothing; stays as it is")
                for name, array in left.items()
            ]
            if not left:
                whole.append(node)
        return WeightMatch(tuple(rows), self.values, tuple(whole), notes)

    def _by_name(self) -> list[StoredLayer]:
        """Match layers that are called alike; returns those of the file that are not."""
        counts = Counter(name for target in self.targets for name in target.names)
        owners = {name: t for t in self.targets for name in t.names if counts[name] == 1}
        sharers = {name: t for t in self.targets for name in t.sharers}
        tied: list[tuple[StoredLayer, Target]] = []
        rest = []
        for layer in self.stored.layers:
            names = [plain_name(name) for name in layer.names]
            owner = next((owners[name] for name in names if name in owners), None)
            sharer = next((sharers[name] for name in names if name in sharers), None)
            if owner is not None and owner.node.id not in self.values:
                self._keep(owner, self._take(layer, owner, BY_NAME))
            elif sharer is not None:
                tied.append((layer, sharer))
            else:
                rest.append(layer)
        for layer, sharer in tied:
            node = sharer.node.id
            taken = self._take(layer, sharer, f"by the name of a layer that shares the weights of '{node}'")
            if node in self.values:
                self.rows |= {row.array: row for row in _compared(taken, self.values[node], node)}
            else:
                self._keep(sharer, taken)
        return rest

    def _by_order(self, layers: Sequence[StoredLayer]) -> None:
        """Match what fits whole: what has a shape of its own, then the others in order."""
        targets = [target for target in self.targets if target.node.id not in self.values]
        if len(layers) * len(targets) > MOST_PAIRS:
            return
        fits = np.array(
            [[fits_whole(layer, target, self.lying) for target in targets] for layer in layers], bool
        ).reshape(len(layers), len(targets))
        rivals = np.maximum(fits.sum(1)[:, None], fits.sum(0))
        for row, column in np.argwhere(fits & (rivals == 1)):
            self._keep(targets[column], self._take(layers[row], targets[column], BY_SHAPE, True))
        for row, column in _longest(fits & (rivals > 1)):
            how = BY_ORDER.format(order=self.stored.order, count=rivals[row, column])
            self._keep(targets[column], self._take(layers[row], targets[column], how, True))

    def _take(self, layer: StoredLayer, target: Target, how: str, is_guessed: bool = False) -> Taken:
        return take(layer, target, self.lying, self.is_told, how, is_guessed)

    def _keep(self, target: Target, taken: Taken) -> None:
        self.values[target.node.id] = taken.values
        self.fitting += taken.fitting
        self.rows |= {row.array: row for row in taken.rows}


def _compared(again: Taken, before: Mapping[str, np.ndarray], node: str) -> list[WeightRow]:
    """Rows of a second copy of arrays that two layers share."""
    rows = []
    for row in again.rows:
        if row.is_loaded:
            parts = [part.rpartition(".")[2] for part in row.target.split(", ")]
            same = all(p in before and np.array_equal(before[p], again.values[p]) for p in parts)
            text = (
                f"the same as '{node}' got, whose weights are shared here"
                if same
                else f"another array than '{node}' got, whose weights are shared here"
            )
            row = WeightRow(row.array, row.shape, row.target if same else "", text, same)
        rows.append(row)
    return rows


def _longest(fits: np.ndarray) -> list[tuple[int, int]]:
    """The longest row of pairs that fit and follow each other on both sides."""
    rows, columns = fits.shape
    best = np.zeros((rows + 1, columns + 1), int)
    for i in reversed(range(rows)):
        for j in reversed(range(columns)):
            both = best[i + 1, j + 1] + 1 if fits[i, j] else 0
            best[i, j] = max(both, best[i + 1, j], best[i, j + 1])
    pairs, i, j = [], 0, 0
    while i < rows and j < columns:
        if fits[i, j] and best[i, j] == best[i + 1, j + 1] + 1:
            pairs.append((i, j))
            i, j = i + 1, j + 1
        elif best[i + 1, j] >= best[i, j + 1]:
            i += 1
        else:
            j += 1
    return pairs


__all__ = ["WeightMatch", "WeightRow", "match_weights"]
