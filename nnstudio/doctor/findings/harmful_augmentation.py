"""Augmentation that makes samples of one class look like another, or leaves too little of them."""

from __future__ import annotations

from collections.abc import Iterator

from nnkernels.graph.network import Resolved
from nnstudio.doctor.alikeness import ALIKE, DRAWS, NOISE, augmenting, is_alike, seen_of
from nnstudio.doctor.baseline import baseline
from nnstudio.doctor.finding import Case, Finding, Judged, Sees, findings
from nnstudio.doctor.patient import FITTED, Patient
from nnstudio.doctor.remedies import option, removal
from nnstudio.doctor.variants import Variant
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import counted, in_digits

# A copy without the layer leaves this share of the watched loss of a network that trained longer, or less.
TELLS = 0.5
# The weaker options that are tried, by kind: their names, values, and what may be said of them.
WEAKER = {
    "randomrotation": (("angle", 15.0, "Turn by 15° at the most"),),
    "gaussiannoise": (("deviation", 0.1, "Set the deviation of the noise to 0.1"),),
    "randomerasing": (("size", 0.2, "Erase a fifth of the side at the most"),),
    "randomzoom": (("change", 0.1, "Change the size by a tenth at the most"),),
}


@findings.register
class HarmfulAugmentation(Finding):
    """Changed samples that are nearer to those of another class than to any of their own, and as near as
    that class's are to one another; or a copy without the layer that is far better on new samples.
    """

    id = "harmful_augmentation"
    title = "Augmentation that makes classes alike"
    order = 9
    sees = (Sees.DATA,)
    may_see = (Sees.VARIANTS, Sees.ANSWERS)
    explains = ("underfitting", "slow_learning", "plateau", "nothing_learned", "class_never_predicted")
    judged = Judged.WATCHED

    def look(self, patient: Patient) -> Iterator[Case]:
        for node in augmenting(patient):
            variant = next((v for v in patient.variants if v.node == node.id), None)
            case = _alike(patient, node, variant) or _costly(patient, node, variant)
            if case is not None:
                yield case


def _alike(patient: Patient, node: Resolved, variant: Variant | None) -> Case | None:
    seen, name = seen_of(patient, node), patient.name(node.id)
    if seen is None or not is_alike(node, seen):
        return None
    count, classes = len(seen.labels) * DRAWS, patient.data.classes
    if node.layer.id == NOISE:
        wrong = seen.wrong
        text = (
            f"{name} adds so much noise that {wrong:.0%} of {count:,} changed samples are nearest to one of "
            "another class. What tells the classes apart is drowned, so the network learns from noise."
        )
        numbers = [("Nearest to another class", f"{wrong:.0%}"), ("Samples and draws", f"{count:,}")]
        title = "Noise that drowns the classes"
    else:
        pairs = [pair for pair in seen.pairs() if pair[0] - pair[1] >= ALIKE]
        after, before, one, other = pairs[0]
        a, b = classes[one], classes[other]
        text = (
            f"{name} makes {after:.0%} of the samples of '{a}' look like '{b}' rather than any '{a}'; "
            f"unchanged, {before:.0%} do. They keep the label '{a}', so the network is told that what looks "
            f"like '{b}' is '{a}'."
        )
        numbers = [
            (f"'{classes[i]}' that look like '{classes[j]}'", f"{share:.0%} (unchanged {plain:.0%})")
            for share, plain, i, j in pairs[:3]
        ]
        title = ""
    if variant is not None:
        numbers += _tried(patient, variant)
    return Case(patient.node(node.id), text, tuple(numbers), remedies=_weaker(patient, node), title=title)


def _costly(patient: Patient, node: Resolved, variant: Variant | None) -> Case | None:
    """A network that learned less in more steps than a copy without the layer."""
    usual = baseline(patient.session)
    if variant is None or usual is None or variant.steps <= variant.course.steps:
        return None
    if variant.usual < FITTED * usual or not variant.course.measured <= TELLS * variant.usual:
        return None
    name, part = patient.name(node.id), patient.data.watched
    steps = counted(variant.course.steps, "step")
    return Case(
        patient.node(node.id),
        f"A copy without {name} had a {part} loss of {in_digits(variant.course.measured, 3)} after {steps}; "
        f"with it, it is {in_digits(variant.usual, 3)} after {counted(variant.steps, 'step')}. The layer "
        "changes samples so much that they hardly tell what they are.",
        tuple(_tried(patient, variant)),
        remedies=_weaker(patient, node),
        title="Augmentation that takes too much",
    )


def _tried(patient: Patient, variant: Variant) -> list[tuple[str, str]]:
    part = f"{patient.data.watched} loss"
    return [
        (f"{part} as it is".capitalize(),
         f"{in_digits(variant.usual, 3)} after {counted(variant.steps, 'step')}"),
        ("Of a copy without it",
         f"{in_digits(variant.course.measured, 3)} after {counted(variant.course.steps, 'step')}"),
    ]  # fmt: skip


def _weaker(patient: Patient, node: Resolved) -> tuple[Repair, ...]:
    if patient.wiring.is_part(node):
        return ()
    name = patient.name(node.id)
    told = [removal(f"Delete {name}", node.id)]
    for what, value, title in WEAKER.get(node.layer.id, ()):
        if float(node.options[what]) > value:
            told.append(option(f"{title} ({name})", node.id, what, value))
    if node.layer.id == "randomflip" and node.options["mode"] == "both":
        told.append(option(f"Let {name} flip from left to right only", node.id, "mode", "horizontal"))
    return tuple(told)
