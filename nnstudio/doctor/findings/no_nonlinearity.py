"""Layers with nothing between them that bends: one could do the work of both."""

from __future__ import annotations

from collections.abc import Iterator

from nnkernels.graph.network import Resolved
from nnkernels.spec import size_of
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import insertions, removal
from nnstudio.doctor.wiring import Wiring, is_affine
from nnstudio.model.problems import Repair

# A loss of this share of that of a constant answer, or less, leaves nothing to be learned.
PERFECT = 1e-3


@findings.register
class NoNonlinearity(Finding):
    """Two weighted sums in a row are one weighted sum: W2 (W1 x + b1) + b2 = W x + b.

    Where the first one has fewer outputs than what goes in and comes out, it is a bottleneck on purpose.
    """

    id = "no_nonlinearity"
    title = "Layers that could be one"
    order = 20
    may_see = (Sees.ANSWERS,)

    def look(self, patient: Patient) -> Iterator[Case]:
        for run in _runs(patient.wiring):
            *firsts, last = [patient.name(node.id) for node in run]
            nodes = tuple(patient.node(node.id) for node in run[:-1])
            layers = f"{', '.join(firsts)} and {last}"
            shown = (("Layers", layers), ("Units of the first", f"{size_of(run[0].shape):,}"))
            if patient.is_trained and patient.relative is not None and patient.relative < PERFECT:
                yield Case(
                    nodes[0],
                    f"No activation stands between {layers}, so together they are one weighted sum. The loss "
                    "is as good as 0, so this data needs no more: one layer is enough.",
                    shown,
                    corrections=_one_layer(patient, run),
                    is_note=True,
                )
                continue
            where = f"behind {firsts[0]}" if len(firsts) == 1 else "between all of them"
            yield Case(
                nodes[0],
                f"No activation stands between {layers}, and a weighted sum of weighted sums is just another "
                "weighted sum. Together they learn no more than one layer could; put an activation such as "
                "ReLU between them.",
                shown,
                remedies=tuple(
                    insertions(f"Insert {title} {where}", nodes, kind)
                    for kind, title in (("relu", "ReLU"), ("tanh", "Tanh"))
                    if not any(patient.wiring.is_part(node) for node in run[:-1])
                ),
            )


def _one_layer(patient: Patient, run: list[Resolved]) -> tuple[Repair, ...]:
    """All but the last layer of a row deleted; a part of something else is not."""
    firsts = run[:-1]
    if any(patient.wiring.is_part(node) for node in firsts):
        return ()
    names = ", ".join(patient.name(node.id) for node in firsts)
    return (removal(f"Delete {names}", *(node.id for node in firsts)),)


def _runs(wiring: Wiring) -> list[list[Resolved]]:
    """Layers of which each one could take the one before in, in a row."""
    runs: list[list[Resolved]] = []
    for second in wiring.learned:
        first = _first_of(wiring, second) if is_affine(second) else None
        if first is None:
            continue
        run = next((run for run in runs if run[-1] is first), None)
        if run is None:
            runs.append([first, second])
        else:
            run.append(second)
    return runs


def _first_of(wiring: Wiring, second: Resolved) -> Resolved | None:
    """The layer that a second one could take in, or None."""
    for first in wiring.chain_before(second.id):
        if not is_affine(first):
            return None
        if first.parameters:
            narrowest = min(size_of(first.input_shapes[0]), size_of(second.shape))
            is_narrow = size_of(first.shape) < narrowest
            inside = wiring.is_of_layer(first) or wiring.is_of_layer(second)
            return None if is_narrow or inside or first not in wiring.learned else first
    return None
