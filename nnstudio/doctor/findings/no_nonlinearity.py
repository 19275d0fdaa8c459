"""Layers with nothing between them that bends: one could do the work of both."""

from __future__ import annotations

from collections.abc import Iterator

from nnkernels.graph.network import Resolved
from nnkernels.spec import size_of
from nnstudio.doctor.finding import Case, Finding, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import insertion
from nnstudio.doctor.wiring import Wiring, is_affine, is_part


@findings.register
class NoNonlinearity(Finding):
    """Two weighted sums in a row are one weighted sum: W2 (W1 x + b1) + b2 = W x + b.

    Where the first one has fewer outputs than what goes in and comes out, it is a bottleneck on purpose.
    """

    id = "no_nonlinearity"
    title = "Layers that could be one"
    order = 20

    def look(self, patient: Patient) -> Iterator[Case]:
        wiring = patient.wiring
        for second in wiring.learned:
            first = _first_of(wiring, second) if is_affine(second) else None
            if first is None:
                continue
            a, b = patient.name(first.id), patient.name(second.id)
            node = patient.node(first.id)
            yield Case(
                node,
                f"Nothing bends the values between {a} and {b}, and a weighted sum of weighted sums is just "
                "another weighted sum. The two layers learn no more than one of them could; put an "
                "activation such as ReLU between them.",
                (("From", a), ("To", b), ("Units between", f"{size_of(first.shape):,}")),
                remedies=tuple(
                    insertion(f"Insert {title} behind {a}", node, kind)
                    for kind, title in (("relu", "ReLU"), ("tanh", "Tanh"))
                ),
            )


def _first_of(wiring: Wiring, second: Resolved) -> Resolved | None:
    """The layer that a second one could take in, or None."""
    for first in wiring.chain_before(second.id):
        if not is_affine(first):
            return None
        if first.parameters:
            narrowest = min(size_of(first.input_shapes[0]), size_of(second.shape))
            is_narrow = size_of(first.shape) < narrowest
            inside = is_part(first) or is_part(second)
            return None if is_narrow or inside or first not in wiring.learned else first
    return None
