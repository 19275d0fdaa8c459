"""Units of activations that do nothing any more: dead, or at their limits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnkernels.graph.network import Resolved
from nnstudio.doctor.charts import histogram
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.flow import Flow
from nnstudio.doctor.onset import Onset
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.proposals import normalised
from nnstudio.doctor.remedies import option, replacement, smaller_rates
from nnstudio.doctor.scaling import scaled_inputs
from nnstudio.doctor.wiring import ACTIVATIONS
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import in_percent

# Share of the units of a layer, and how many at the least, that must be dead or saturated.
DEAD, SATURATED, FEWEST = 0.6, 0.6, 3
# A unit is saturated that is at a limit for this share of samples.
AT_LIMIT = 0.95


def _told_since(since: Onset | None, patient: Patient) -> tuple[tuple[str, str], ...]:
    if not patient.is_trained:
        return (("Since", "the start"),)
    return () if since is None else (("Since", since.in_words),)


def _came_by_steps(since: Onset | None, patient: Patient) -> bool:
    """Whether steps with the settings of now may have led there, and not others or the start."""
    return patient.is_trained and (since is None or since.by > max(patient.began, 0))


def _start_at_zero(patient: Patient, source: Resolved) -> list[Repair]:
    """What mends biases that start far from 0."""
    if source.options.get("bias_values", "0") == "0" or patient.wiring.is_part(source):
        return []
    name = patient.name(source.id)
    return [option(f"Start the biases of {name} at 0", patient.node(source.id), "bias_values", "0")]


@findings.register
class DeadUnits(Finding):
    """Units of a ReLU and the like that give every sample the same, so that no gradient passes them."""

    id = "dead_units"
    title = "Dead units"
    order = 16
    sees = (Sees.NETWORK, Sees.FLOW)
    may_see = (Sees.ANSWERS,)
    explains = (
        "no_gradient",
        "slow_learning",
        "starved_signal",
        "vanishing_gradients",
        "constant_loss",
        "class_never_predicted",
        "underfitting",
    )
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        assert patient.flow is not None
        for node in patient.layout.nodes.values():
            if node.layer.category != ACTIVATIONS or not node.layer.flat:
                continue
            dead = patient.flow.layers[node.id].is_constant
            share = float(dead.mean())
            everything = bool(dead.all())
            if not everything and (share < DEAD or dead.sum() < FEWEST or patient.is_fitted):
                continue
            if patient.wiring.is_before_output(node.id) and not everything:
                continue
            yield self._case(patient, node, dead)
            # What follows a dead layer is dead for no reason of its own.
            if everything:
                return

    def _case(self, patient: Patient, node: Resolved, dead: np.ndarray) -> Case:
        def holds(flow: Flow) -> bool:
            return float(flow.layers[node.id].is_constant.mean()) >= DEAD

        since = patient.since(f"dead {node.id}", holds) if patient.is_trained else None
        name, guilty = patient.name(node.id), patient.node(node.id)
        source = patient.wiring.nodes[node.inputs[0]]
        remedies = (
            []
            if patient.wiring.is_part(node)
            else [replacement(f"Replace {name} with LeakyReLU", (guilty,), "leaky_relu")]
        )
        if _came_by_steps(since, patient):
            remedies[:0] = smaller_rates(patient.rate)[:1]
        remedies += _start_at_zero(patient, source)
        count = int(dead.sum())
        all_of = "All" if count == len(dead) else f"{count} of"
        return Case(
            guilty,
            f"{all_of} {len(dead)} units of {name} give the same for every sample, so they tell nothing "
            "about it. No gradient passes through them either, and so they stay dead.",
            (
                ("Dead units", f"{count} of {len(dead)} ({in_percent(round(count / len(dead), 3))})"),
                *_told_since(since, patient),
            ),
            histogram(patient.flow.layers[source.id].mean, f"mean input of a unit of {name}", "units")
            if patient.flow
            else None,
            tuple(remedies),
            since=None if since is None else since.by,
        )


@findings.register
class SaturatedUnits(Finding):
    """Units of tanh, sigmoid and the like that are at a limit for nearly every sample."""

    id = "saturated_units"
    title = "Saturated units"
    order = 17
    sees = (Sees.NETWORK, Sees.FLOW)
    may_see = (Sees.ANSWERS,)
    explains = ("vanishing_gradients", "no_gradient")
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        assert patient.flow is not None
        for node in patient.layout.nodes.values():
            shares = patient.flow.layers[node.id].saturated
            if not len(shares) or patient.wiring.is_before_output(node.id) or patient.is_fitted:
                continue
            stuck = shares >= AT_LIMIT
            if stuck.mean() < SATURATED or stuck.sum() < min(FEWEST, len(shares)):
                continue

            def holds(flow: Flow, node: Resolved = node) -> bool:
                return float((flow.layers[node.id].saturated >= AT_LIMIT).mean()) >= SATURATED

            since = patient.since(f"saturated {node.id}", holds) if patient.is_trained else None
            name, guilty = patient.name(node.id), patient.node(node.id)
            low, high = node.layer.limits
            remedies = list[Repair]()
            if _came_by_steps(since, patient):
                remedies += smaller_rates(patient.rate)[:1]
            if not patient.wiring.is_part(node):
                source = patient.wiring.nodes[node.inputs[0]]
                remedies += [*scaled_inputs(patient), normalised(patient, source)]
                remedies += _start_at_zero(patient, source)
            yield Case(
                guilty,
                f"{int(stuck.sum())} of {len(stuck)} units of {name} give about {low:g} or {high:g} for "
                "nearly every sample. There its curve is flat, so no gradient passes and the layers before "
                "it hardly learn.",
                (("Saturated units", f"{int(stuck.sum())} of {len(stuck)}"), *_told_since(since, patient)),
                histogram(shares, f"share of samples at a limit of {name}", "units"),
                tuple(remedies),
                since=None if since is None else since.by,
            )
            return
