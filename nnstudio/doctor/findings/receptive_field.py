"""Windows that see too little of a picture, or more border than picture."""

from __future__ import annotations

from collections.abc import Iterator

from nnkernels.graph.network import Resolved
from nnstudio.doctor.finding import Case, Finding, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import option

# A unit that sees less than this share of the side of the picture sees too little of what is in it.
SMALL = 0.4


@findings.register
class ReceptiveField(Finding):
    """The receptive field grows by (window - 1) times the product of the strides before (Araujo et al. 2019).

    It only limits a network that averages or takes the largest over all positions in the end: Flatten and
    Dense see all of them.
    """

    id = "receptive_field"
    title = "Windows that do not fit the picture"
    order = 30

    def look(self, patient: Patient) -> Iterator[Case]:
        for start in patient.wiring.inputs:
            if len(start.shape) == 3:
                yield from self._too_large(patient)
                yield from self._too_small(patient, start)

    def _too_large(self, patient: Patient) -> Iterator[Case]:
        for node in patient.layout.nodes.values():
            if (
                "kernel_size" not in node.options
                or patient.wiring.is_of_layer(node)
                or len(node.input_shapes[0]) != 3
            ):
                continue
            window, side = _window(node), max(node.input_shapes[0][:2])
            if window <= side or "filters" not in node.options:
                continue
            name = patient.name(node.id)
            smaller = max(3, side // 2 | 1)
            is_dense = node.options.get("dilation", 1) == 1
            can_shrink = smaller < window and is_dense and not patient.wiring.is_part(node)
            yield Case(
                patient.node(node.id),
                f"The windows of {name} are {window} pixels long, but what comes in is only {side} pixels "
                "long. Most of each window lies beyond the border, where there are only zeros.",
                (("Window", f"{window} px"), ("Picture there", f"{side} px")),
                remedies=(
                    option(f"Set the kernel size of {name} to {smaller}", patient.node(node.id),
                           "kernel_size", smaller),
                ) if can_shrink else (),
            )  # fmt: skip

    def _too_small(self, patient: Patient, start: Resolved) -> Iterator[Case]:
        field, step, last = 1, 1, None
        for node in patient.wiring.chain_behind(start.id):
            if node.layer.id.startswith("global"):
                break
            if len(node.shape) != 3:
                return
            if "kernel_size" in node.options or "pool_size" in node.options:
                field += (_window(node) - 1) * step
                step *= int(node.options.get("stride", 1))
                last = node if "filters" in node.options else last
        else:
            return
        side = min(start.shape[:2])
        if last is None or field >= SMALL * side:
            return
        name = patient.name(last.id)
        yield Case(
            patient.node(last.id),
            f"Each unit of {name} sees only {field} of {side} pixels along a side, and what follows takes "
            "all positions together. Nothing that is larger than that can be recognised as a whole.",
            (("A unit sees", f"{field} px"), ("Picture", f"{side} px")),
            remedies=(
                option(f"Set the stride of {name} to 2", patient.node(last.id), "stride", 2),
                option(f"Set the kernel size of {name} to 7", patient.node(last.id), "kernel_size", 7),
            )
            if not patient.wiring.is_part(last)
            else (),
        )


def _window(node: Resolved) -> int:
    """How far the window of a layer reaches along the height."""
    size = int(node.options.get("kernel_size", node.options.get("pool_size", 1)))
    return (size - 1) * int(node.options.get("dilation", 1)) + 1
