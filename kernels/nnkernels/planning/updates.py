"""The sweeps that end a step: what changes the parameters once all gradients are known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from nnkernels import machine
from nnkernels.jit import Kernel
from nnkernels.ops import regularise
from nnkernels.planning.lowering import Emitter, Instruction, Lowering, Sweep
from nnkernels.program import Layout, ParameterSlot
from nnkernels.spec import Optimizer, size_of

# Parameters of one piece of an optimizer's sweep, at the least.
MIN_PIECE = 16384


def once(kernel: Kernel, **arguments: Any) -> Sweep:
    """An instruction that runs once for the samples that are on their way."""
    return Sweep(Instruction.of(kernel, **arguments), 1, 1, False)


def over(instruction: Instruction, span: tuple[int, int]) -> Sweep:
    """An instruction over a stretch of the parameters, in pieces where that is long."""
    start, end = span
    pieces = int(np.clip((end - start) // MIN_PIECE, 1, machine.MAX_CHUNKS))
    chunk = max(-(-(end - start) // pieces // 16) * 16, 16)
    # Value by value: threads of a card that stand side by side then read what does.
    return Sweep(instruction, end, chunk, pieces > 1, start, align=1)


def paced(layout: Layout, update: Callable[[tuple[int, int]], Sweep]) -> list[Sweep]:
    """An optimizer's sweeps, each with the rate of its layers; none is multiplied where all are 1."""
    alike: dict[float, list[ParameterSlot]] = {}
    for slot in layout.learning():
        factor = float(layout.nodes[slot.node].options.get("learning_rate_factor", 1.0))
        alike.setdefault(factor, []).append(slot)
    if alike.keys() <= {1.0}:
        return [update(span) for span in layout.spans()]
    sweeps: list[Sweep] = []
    for factor, slots in alike.items():
        sweeps.append(once(regularise.pace, factor=Lowering.real(factor), begins=int(not sweeps)))
        sweeps += [update(span) for span in layout.spans(slots)]
    # The rate of the step is told, and must not be multiplied again in the next.
    return [*sweeps, once(regularise.pace, factor=Lowering.real(1.0), begins=0)]


def update_sweeps(
    layout: Layout, emitter: Emitter, optimizer: Optimizer, penalties: Mapping[str, float]
) -> list[Sweep]:
    """Penalties, clipping, the optimizer and what follows it, over all that may change."""
    p, spans = penalties, layout.spans()
    sweeps: list[Sweep] = []
    if p["l1"] or p["l2"] or p["clip_value"]:
        values = {"l1": p["l1"], "l2": p["l2"], "limit": p["clip_value"]}
        penalise = Instruction.of(
            regularise.penalise, **{name: Lowering.real(value) for name, value in values.items()}
        )
        sweeps += [over(penalise, span) for span in spans]
    if p["clip_norm"] and spans:
        table = emitter.tabled(np.ravel(spans))
        limit = Lowering.real(p["clip_norm"])
        sweeps.append(once(regularise.clip_norm, limit=limit, count=len(spans), spans=table))
    update = Instruction.of(optimizer.kernel, count=layout.parameter_count)
    sweeps += paced(layout, lambda span: over(update, span))
    if p["max_norm"]:
        for slot in layout.parameters:
            if slot.trained and len(slot.shape) > 1 and layout.nodes[slot.node].learns:
                axis = slot.unit_axis % len(slot.shape)
                units, inner = slot.shape[axis], size_of(slot.shape[axis + 1 :])
                rows, limit = slot.size // (units * inner), Lowering.real(p["max_norm"])
                shorten = Instruction.of(
                    regularise.limit_norm, weight_at=slot.offset, rows=rows, units=units, inner=inner,
                    limit=limit,
                )  # fmt: skip
                sweeps.append(Sweep(shorten, units, units, False, align=1))
    return sweeps
