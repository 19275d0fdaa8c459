"""Units that all start alike, and so stay alike."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnkernels.graph.network import Resolved
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import options

# Weights that differ by less than this share of the largest are alike.
ALIKE = 1e-6


@findings.register
class SymmetricUnits(Finding):
    """Units with the same weights in and out get the same gradient: Goodfellow et al. (2016), section 8.4."""

    id = "symmetric_units"
    title = "All units of a layer are alike"
    order = 9
    # Its weights change with every step.
    sees = (Sees.NETWORK, Sees.FLOW)
    explains = ("starved_signal", "no_gradient", "constant_loss", "dead_units", "vanishing_gradients",
                "underfitting", "learning_rate_low", "class_never_predicted", "plateau",
                "slow_learning")  # fmt: skip
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        for node in patient.wiring.learned:
            follower = next((n for n in patient.wiring.chain_behind(node.id) if n.parameters), None)
            if (
                follower is None
                or node.shape[-1] < 2
                or patient.wiring.is_of_layer(node)
                or follower not in patient.wiring.learned
            ):
                continue
            if not (_units_alike(patient, node) and _inputs_alike(patient, follower)):
                continue
            starts = tuple(
                n.id for n in patient.wiring.learned if n.options.get("init") in ("by_hand", "zeros", "ones")
                and not patient.wiring.is_part(n)
            )  # fmt: skip
            name = patient.name(node.id)
            yield Case(
                patient.node(node.id),
                f"All {node.shape[-1]} units of {name} have the same weights, and "
                f"{patient.name(follower.id)} treats them the same. They get the same gradient at every "
                "step, so together they do no more than one unit."
                + ("" if starts else " Reset draws new weights at random."),
                (("Units", f"{node.shape[-1]}"), ("Different ones", "1")),
                remedies=(options("Draw the starting weights at random (He)", starts, "init", "he"),)
                if starts
                else (),
                needs_reset=not starts,
            )
            return


def _units_alike(patient: Patient, node: Resolved) -> bool:
    return all(
        _alike(np.moveaxis(values, axis, -1).reshape(-1, values.shape[axis]), 1)
        for values, axis in _arrays(patient, node)
    )


def _inputs_alike(patient: Patient, node: Resolved) -> bool:
    """Whether a Dense layer weighs all of its inputs alike."""
    matrices = [values for values, _axis in _arrays(patient, node) if values.ndim == 2]
    return len(matrices) == 1 and _alike(matrices[0], 0)


def _arrays(patient: Patient, node: Resolved) -> list[tuple[np.ndarray, int]]:
    owner, flat = patient.layout.owners.get(node.id), patient.session.parameters
    return [
        (flat[s.offset : s.offset + s.size].reshape(s.shape), s.unit_axis)
        for s in patient.layout.parameters if s.node == owner and s.trained
    ]  # fmt: skip


def _alike(matrix: np.ndarray, axis: int) -> bool:
    apart = float((matrix.max(axis) - matrix.min(axis)).max())
    return apart <= ALIKE * max(float(np.abs(matrix).max()), 1e-12)
