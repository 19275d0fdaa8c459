"""An Output whose loss counts nothing, or next to nothing, in the sum that training minimises."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from nnkernels.planning.optimizer_groups import takes_turns
from nnkernels.target import Target
from nnstudio.doctor.answers import rows_of
from nnstudio.doctor.baseline import losses_of_constant
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import option
from nnstudio.model.quantity import in_digits
from nnstudio.training.by_output import at_output

# Below this share of the largest part of the sum it is asked whether the Output learned anything: its loss is
# more than such a share of that of a constant answer, while another one's is less than the next.
SMALL, UNLEARNED, LEARNED = 1e-3, 0.9, 0.5
# Below this share, steps along the gradient take longer than any run. An optimizer that divides by the size
# of a gradient makes up for that, as far as the gradient is not far below what it adds to that size.
NOTHING, BELOW = 1e-5, 0.1
PLAIN = "sgd"


@findings.register
class UnweightedOutput(Finding):
    """The weight of an Output is 0; or so small that its part of the sum is next to nothing, and it did not
    learn, or cannot.
    """

    id = "unweighted_output"
    title = "An Output that nothing is learned for"
    order = 3
    sees = (Sees.NETWORK, Sees.DATA)
    may_see = (Sees.CURVE,)
    explains = ("constant_loss", "slow_learning", "plateau", "learning_rate_low", "underfitting")
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        targets = [target for target in patient.layout.targets if target.loss]
        for target in targets:
            if target.weight == 0:
                yield _weightless(patient, target)
        if len(targets) < 2 or takes_turns(patient.layout):
            return
        largest = max(target.weight for target in targets)
        if not any(0 < target.weight < largest for target in targets):
            return
        usual = patient.kept("losses of constants", lambda: _constants(patient, targets))
        parts = {t.node: t.weight * usual[t.node] for t in targets if t.node in usual}
        most = max(parts.values(), default=0.0)
        for target in targets:
            part = parts.get(target.node, 0.0)
            if 0 < part < SMALL * most and (
                _cannot(patient, target, part / most) or _did_not(patient, target, usual)
            ):
                yield _outweighed(patient, target, part, most)


def _constants(patient: Patient, targets: Sequence[Target]) -> dict[str, float]:
    """Mean loss of the best constant answer to each Output of which it is known, without weights."""
    usual = {}
    for target in targets:
        seen = at_output(patient.session, target.node)
        y = seen.data.y_train[rows_of(len(seen.data.y_train))]
        losses = losses_of_constant(seen, y) if target.constant is None else None
        if losses is not None:
            usual[target.node] = float(losses.mean())
    return usual


def _cannot(patient: Patient, target: Target, share: float) -> bool:
    """Whether steps for this Output are next to nothing, whatever it could learn."""
    if patient.settings.optimizer == PLAIN:
        return share < NOTHING
    epsilon = patient.settings.optimizer_options.get("epsilon", 0.0)
    return target.weight < BELOW * float(epsilon)


def _did_not(patient: Patient, target: Target, usual: Mapping[str, float]) -> bool:
    """Whether the epochs left the Output at the loss of a constant answer, while another one learned."""
    losses = patient.output_losses()
    left = {name: loss / usual[name] for name, loss in losses.items() if usual.get(name, 0.0) > 0}
    others = [share for name, share in left.items() if name != target.node]
    return left.get(target.node, 0.0) > UNLEARNED and min(others, default=1.0) < LEARNED


def _weightless(patient: Patient, target: Target) -> Case:
    name = patient.whole(target.node)
    numbers = [("Weight", "0")]
    if target.node in (losses := patient.output_losses()):
        numbers.append((f"Training loss of {name}", in_digits(losses[target.node], 3)))
    node = patient.node(target.node)
    return Case(
        node,
        f"Nothing is learned for '{name}': its weight is 0, so that its loss counts nothing in the sum that "
        f"training makes smaller. {_untrained(patient, target)}Where it is only there to be looked at, "
        "that is as it should be.",
        tuple(numbers),
        corrections=(option(f"Set the weight of {name} to 1", node, "weight", 1.0),),
    )


def _untrained(patient: Patient, target: Target) -> str:
    """What of the layers that lead to an Output nothing else trains."""
    wiring = patient.wiring
    leading = {node.id for node in wiring.before(target.node)} - wiring.counted
    names = list(dict.fromkeys(patient.whole(n.id) for n in wiring.learned if n.id in leading))
    if not names:
        return ""
    stay = "stays as it" if len(names) == 1 else "stay as they"
    told = " and ".join(filter(None, [", ".join(names[:-1]), names[-1]]))
    return f"What only it needs, {told}, {stay} began, and what is predicted there means nothing. "


def _outweighed(patient: Patient, target: Target, part: float, most: float) -> Case:
    """Of a weight that is not 0, and much too small beside the others."""
    name, node = patient.whole(target.node), patient.node(target.node)
    weight = min(float(f"{target.weight * most / part:.1g}"), 1e6)
    return Case(
        node,
        f"Next to nothing is learned for '{name}': by its weight of {target.weight:g}, its loss is only "
        f"{part / most:.1g} of that of another Output in the sum that training makes smaller. What the "
        "others need decides every step.",
        (
            ("Weight", f"{target.weight:g}"),
            ("Its part of the sum, of a constant answer", in_digits(part, 2)),
            ("The largest part", in_digits(most, 2)),
        ),
        corrections=(option(f"Set the weight of {name} to {weight:g}", node, "weight", weight),),
    )  # fmt: skip
