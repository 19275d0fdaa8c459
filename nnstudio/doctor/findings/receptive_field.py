"""Windows that see too little of a picture, or more border than picture."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil

from nnkernels.graph.network import Resolved
from nnkernels.layers.conv import Convolution
from nnstudio.doctor.finding import Case, Finding, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import layers_behind, option
from nnstudio.model.problems import Repair

# A unit that sees less than this share of the side of the picture sees too little of what is in it.
SMALL = 0.4
# The side of a window that suits most pictures, and the largest that a layer takes.
USUAL, LARGEST = 3, 31


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
                not isinstance(node.layer, Convolution)
                or patient.wiring.is_of_layer(node)
                or len(node.input_shapes[0]) != 3
            ):
                continue
            window, side = _window(node), max(node.input_shapes[0][:2])
            if window <= side:
                continue
            name = patient.name(node.id)
            yield Case(
                patient.node(node.id),
                f"The windows of {name} are {window} pixels long, but what comes in is only {side} pixels "
                "long. Most of each window lies beyond the border, where there are only zeros.",
                (("Window", f"{window} px"), ("Picture there", f"{side} px")),
                remedies=_smaller(patient, node, side),
            )

    def _too_small(self, patient: Patient, start: Resolved) -> Iterator[Case]:
        field, step, last, reach = 1, 1, None, 1
        for node in patient.wiring.chain_behind(start.id):
            if node.layer.id.startswith("global"):
                break
            if len(node.shape) != 3:
                return
            if "kernel_size" in node.options or "pool_size" in node.options:
                if "filters" in node.options:
                    last, reach = node, step * int(node.options.get("dilation", 1))
                field += (_window(node) - 1) * step
                step *= int(node.options.get("stride", 1))
        else:
            return
        side = min(start.shape[:2])
        if last is None or field >= SMALL * side:
            return
        name = patient.name(last.id)
        enough = int(last.options["kernel_size"]) + ceil((SMALL * side - field) / reach)
        yield Case(
            patient.node(last.id),
            f"Each unit of {name} sees only {field} of {side} pixels along a side, and what follows takes "
            "all positions together. Nothing that is larger than that can be recognised as a whole.",
            (("A unit sees", f"{field} px"), ("Picture", f"{side} px")),
            remedies=(
                *_another_layer(patient, last),
                *_other_sizes(patient, last, {min(enough | 1, LARGEST)}),
            ),
        )


def _other_sizes(patient: Patient, node: Resolved, sizes: Iterable[int]) -> tuple[Repair, ...]:
    """Windows of other sizes, the smallest first; a part of something else is not changed."""
    if patient.wiring.is_part(node):
        return ()
    name = patient.name(node.id)
    return tuple(
        option(f"Set the kernel size of {name} to {size}", node.id, "kernel_size", size)
        for size in sorted(sizes)
    )


def _smaller(patient: Patient, node: Resolved, side: int) -> tuple[Repair, ...]:
    """Windows without holes where that is enough; else those that most networks have, or half of the side."""
    if int(node.options["kernel_size"]) <= side and not patient.wiring.is_part(node):
        title = f"Set the dilation of {patient.name(node.id)} to 1"
        return (option(title, node.id, "dilation", 1),)
    usual = min(USUAL, side)
    return _other_sizes(patient, node, {usual, max(usual, side // 2 | 1)})


def _another_layer(patient: Patient, last: Resolved) -> tuple[Repair, ...]:
    """A second layer of windows, whose units see as many of those before, each farther apart by a pool."""
    if patient.wiring.is_part(last):
        return ()
    end = last
    for node in patient.wiring.chain_behind(last.id):
        if node.shape != last.shape:
            break
        end = node
    title = f"Insert MaxPool2D, Conv2D and ReLU behind {patient.whole(end.id)}"
    conv = "conv2d", {"filters": last.options["filters"]}
    return (layers_behind(title, end.id, ("maxpool2d", {}), conv, ("relu", {})),)


def _window(node: Resolved) -> int:
    """How far the window of a layer reaches along the height."""
    size = int(node.options.get("kernel_size", node.options.get("pool_size", 1)))
    return (size - 1) * int(node.options.get("dilation", 1)) + 1
