"""Whether the end of a network can give what its loss takes: last layer, activations and loss together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from nnkernels.spec import UNBOUNDED, Bounds, Layer, Loss, Options, Shape, Takes, TargetKind, size_of

# A class that can never get a larger probability than this is said to be learned badly.
CERTAIN = 0.99
# Rounding of sums that should be equal.
TOLERANCE = 1e-3


@dataclass(frozen=True)
class TailLayer:
    """One layer of a chain that ends in an Output.

    Attributes:
        node, name: the node on the Output's own canvas that it is, or lies in.
        shape, bounds: of its output.
        feeds_outputs_only: whether nothing but Outputs reads it, so that a loss may compute it itself.
        removable: whether it can be deleted by itself: no weights, and not inside a sub-network.
        has_weights: whether it has trained arrays.
    """

    node: str
    name: str
    layer: Layer
    options: Options
    shape: Shape
    bounds: Bounds
    feeds_outputs_only: bool
    removable: bool
    has_weights: bool

    def mend(self, loss: Loss) -> str:
        """What to do with it, as the repairs that are offered do."""
        if not self.removable:
            return "Put a Dense layer behind it."
        is_view = self.layer.is_view(self.options, False)
        if not loss.folds or loss.folds == self.layer.id or is_view:
            return "Delete it."
        return f"Replace it by {loss.folds.capitalize()}, or delete it."


@dataclass(frozen=True)
class Aim:
    """What an Output is compared with.

    ``target_range`` and ``target_sums`` are the least and greatest target value, and sum of a sample's target
    values, as the network sees them, scaled; None where that is not known.
    """

    loss: Loss
    options: Options
    classes: int
    target_range: Bounds | None = None
    target_sums: Bounds | None = None


@dataclass(frozen=True)
class Complaint:
    """Why a network cannot learn (``serious``) or learns badly; ``node`` is to blame."""

    node: str
    text: str
    serious: bool = True


def judge(output: str, tail: Sequence[TailLayer], aim: Aim) -> Complaint | None:
    """What is wrong with the layers that lead to an Output, the last one first; None where nothing is."""
    complaint = _targets(output, aim)
    if complaint or not tail:
        return complaint
    last = tail[0]
    folded = aim.loss.computes(last.layer, last.options, last.shape)
    seen = tail[1:] if folded and last.feeds_outputs_only else tail
    return _constant(tail, aim) or _range(seen, aim) or _random(tail, aim) or _flat(seen, aim)


def with_other_units(tail: Sequence[TailLayer], loss: Loss) -> list[TailLayer]:
    """The layers of an end to judge where it gives the wrong number of values, too.

    The activation that the loss computes itself suits when the number does. Any other has to go only if the
    number can be set before it, and if it is not meant for hidden layers.
    """
    rest = tail[1:] if tail and tail[0].layer.id == loss.folds else tail
    has_units = any(has_free_units(each.layer) for each in rest)
    return [
        replace(each, removable=each.removable and has_units and not is_for_hidden(each.layer))
        for each in rest
    ]


def is_for_hidden(layer: Layer) -> bool:
    """Whether an activation or other layer is one for hidden layers rather than for the last."""
    return layer.limits[1] == math.inf and layer.sums_to is None


def has_free_units(layer: Layer) -> bool:
    """Whether a number of units can be any number of outputs; not that of a recurrent layer's memory."""
    return layer.has_option("units") and layer.limits == UNBOUNDED


def _targets(output: str, aim: Aim) -> Complaint | None:
    """Targets of a loss that compares probabilities must be some, and of a Softmax sum to 1."""
    probabilities = aim.loss.takes == Takes.LOGITS and aim.loss.target == TargetKind.VALUES
    if not probabilities or aim.target_range is None:
        return None
    low, high = aim.target_range
    are_shares = aim.loss.folds == "softmax"
    sums = (aim.target_sums if are_shares else None) or (1.0, 1.0)
    if low < 0 or high > 1:
        why = f"the targets, scaled as the network sees them, range from {low:.3g} to {high:.3g}"
    elif sums[0] < 1 - TOLERANCE or sums[1] > 1 + TOLERANCE:
        why = f"a sample's target values sum to {_sums(sums)}"
    else:
        return None
    what = "probabilities that sum to 1" if are_shares else "labels from 0, does not hold, to 1, holds"
    return Complaint(output, f"{aim.loss.title} compares {what}, but {why}. Choose mean squared error.")


def _constant(tail: Sequence[TailLayer], aim: Aim) -> Complaint | None:
    low, high = tail[0].bounds
    if low < high:
        return None
    layer = _to_blame(tail)
    return Complaint(
        layer.node,
        f"{layer.name} gives {low:g} whatever comes in, so the network cannot learn. {layer.mend(aim.loss)}",
    )


def _range(seen: Sequence[TailLayer], aim: Aim) -> Complaint | None:
    """What the values that the loss sees can be, against what it takes."""
    if not seen:
        return None
    layer = _to_blame(seen)
    if aim.loss.takes == Takes.NUMBERS:
        why = _beyond(layer.bounds, aim) or _other_sum(layer, aim)
        return Complaint(layer.node, f"{layer.name} {why}. {layer.mend(aim.loss)}") if why else None
    if aim.loss.takes == Takes.LOGITS:
        return (_one_logit if aim.loss.folds == "sigmoid" else _logits)(layer, aim)
    low, high = layer.bounds
    lead = aim.loss.lead(aim.options)
    if aim.loss.takes == Takes.SCORES and high - low <= lead:
        why = (
            f"gives only values {_span(layer.bounds)}, so the right class can hardly lead the others by the "
            f"margin of {lead:g} that {aim.loss.title} asks for"
        )
        return Complaint(layer.node, f"{layer.name} {why}. {layer.mend(aim.loss)}", False)
    return None


def _beyond(bounds: Bounds, aim: Aim) -> str:
    """Why numbers of this range are no answer to the targets, or ""."""
    (low, high), targets = bounds, aim.target_range
    # Targets that are no numbers are told elsewhere.
    if targets is None or not (targets[0] < low or high < targets[1]):
        return ""
    return (
        f"gives only values {_span(bounds)}, but the targets, scaled as the network sees them, range from "
        f"{targets[0]:.3g} to {targets[1]:.3g}"
    )


def _other_sum(layer: TailLayer, aim: Aim) -> str:
    """Why values whose sum never changes are no answer to the targets, or ""."""
    always = layer.layer.total(layer.options, layer.shape)
    if always is None or aim.target_sums is None:
        return ""
    low, high = aim.target_sums
    if not (low < always - TOLERANCE or always + TOLERANCE < high):
        return ""
    sums = _sums(aim.target_sums)
    return f"gives values that always sum to {always:g}, but a sample's target values sum to {sums}"


def _sums(sums: Bounds) -> str:
    low, high = sums
    return f"{low:.3g}" if high - low <= TOLERANCE else f"something from {low:.3g} to {high:.3g}"


def _one_logit(layer: TailLayer, aim: Aim) -> Complaint | None:
    """Values of each of which the loss makes a probability by itself: of the second class, or of a label."""
    low, high = layer.bounds
    one, lows, highs = (
        ("the second class", "the first class", "the second class")
        if aim.loss.target == TargetKind.CLASS
        else ("a label", "a label that does not hold", "a label that holds")
    )
    least, most = _sigmoid(low), _sigmoid(high)
    if least <= 1 - CERTAIN and most >= CERTAIN:
        return None
    why = (
        f"{layer.name} gives only values {_span(layer.bounds)}, and {_lower(aim.loss.title)} takes the "
        f"Sigmoid of them itself, so {one} always gets from {least:.0%} to {most:.0%}"
    )
    lost = lows if low >= 0 else highs if high <= 0 else ""
    if lost:
        return Complaint(layer.node, f"{why} and {lost} cannot be learned. {layer.mend(aim.loss)}")
    return Complaint(layer.node, f"{why}. {layer.mend(aim.loss)}", False)


def _logits(layer: TailLayer, aim: Aim) -> Complaint | None:
    """Values of which the loss makes the probabilities of as many classes."""
    (low, high) = layer.bounds
    count = layer.shape[-1] if aim.loss.each_position else size_of(layer.shape)
    most = 1 / (1 + (count - 1) * math.exp(low - high))
    wanted = min(CERTAIN, aim.target_range[1]) if aim.target_range is not None else CERTAIN
    if most >= wanted:
        return None
    what = "class" if aim.classes else "value"
    return Complaint(
        layer.node,
        f"{layer.name} gives only values {_span(layer.bounds)}, and {_lower(aim.loss.title)} takes the "
        f"Softmax of them itself, so no {what} ever gets more than {most:.0%}. {layer.mend(aim.loss)}",
        False,
    )


def _random(tail: Sequence[TailLayer], aim: Aim) -> Complaint | None:
    """What disturbs the prediction itself, with no weights behind it that could learn to do with that."""
    for each in tail:
        if each.has_weights:
            return None
        if each.layer.is_view(each.options, False) and not each.layer.is_view(each.options, True):
            return Complaint(
                each.node,
                f"{each.name} changes the prediction itself at random while training, so the network learns "
                f"to make up for it and predicts wrongly without it. {each.mend(aim.loss)}",
                False,
            )
    return None


def _flat(seen: Sequence[TailLayer], aim: Aim) -> Complaint | None:
    if not seen or aim.loss.takes not in (Takes.LOGITS, Takes.SCORES):
        return None
    layer, what = _to_blame(seen), "class" if aim.classes else "target value"
    if not layer.layer.flat:
        return None
    return Complaint(
        layer.node,
        f"{layer.name} passes no gradient back where it gives {layer.bounds[0]:g}, so a {what} whose "
        f"output gets there is not learned any more. {layer.mend(aim.loss)}",
        False,
    )


def _to_blame(tail: Sequence[TailLayer]) -> TailLayer:
    """The layer that the range of the last one comes from; those behind it only pass the values on."""
    at = 0
    while at + 1 < len(tail) and tail[at].layer.is_view(tail[at].options, False):
        at += 1
    return tail[at]


def _span(bounds: Bounds) -> str:
    low, high = bounds
    if high == math.inf:
        return f"of {low:.3g} or more"
    return f"of {high:.3g} or less" if low == -math.inf else f"from {low:.3g} to {high:.3g}"


def _sigmoid(value: float) -> float:
    return 1 / (1 + math.exp(-value)) if value > 0 else math.exp(value) / (1 + math.exp(value))


def _lower(title: str) -> str:
    """A title within a sentence."""
    return title if title[:2].isupper() else title[:1].lower() + title[1:]
