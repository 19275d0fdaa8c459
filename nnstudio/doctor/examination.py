"""Going through all findings: what they declare is gathered, rules look, symptoms give way to causes."""

from __future__ import annotations

import logging
from collections.abc import Collection, Generator, Iterable
from dataclasses import dataclass

from nnkernels.planning.optimizer_groups import takes_turns
from nnstudio.doctor.course import Course
from nnstudio.doctor.finding import Case, Diagnosis, Finding, Sees, findings
from nnstudio.doctor.patient import LEFT, TEN, Patient
from nnstudio.doctor.remark import remark
from nnstudio.model.quantity import counted, in_digits, told_apart

# What follows where the graph itself keeps a network from learning, so that nobody need be told.
SYMPTOMS = frozenset({
    "no_gradient", "constant_loss", "underfitting", "plateau", "learning_rate_low", "class_never_predicted",
    "rising_loss", "slow_learning", "nothing_learned",
})  # fmt: skip
# What judges a network by one loss that falls, and one answer that is right. Where groups of layers learn
# from losses of their own, as a generator and its judge do, none of it is a fault.
BY_ONE_LOSS = frozenset({Sees.CURVE, Sees.ANSWERS, Sees.BY_HEART, Sees.VARIANTS})
OF_ONE_LOSS = frozenset({
    "constant_target", "imbalance", "no_gradient", "vanishing_gradients", "exploding_gradients",
    "learning_rate_high", "harmful_augmentation",
})  # fmt: skip
# Of ten samples that are learned by heart, this share of the loss is left at the most.
LEARNED = 0.1
# What shows weights as they are, whatever was set when they were learned.
OF_WEIGHTS = frozenset({Sees.FLOW, Sees.ANSWERS})
OF_BEFORE = (
    "The weights are older than the last change, at step {:,}; Reset starts anew with what is set now."
)
log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Report:
    """What an examination showed, at a step.

    Attributes:
        diagnoses: what keeps the network from learning first, then in the order of the findings.
        passed_over: titles of findings that could not look, because there is nothing to see of it yet, or
            because they mean nothing where groups of layers take turns.
        closer: where a person asked to look closer, what was trained for it, in words; else empty.
        remark: a sentence on what is worth knowing and no fault, or "".
    """

    step: int
    diagnoses: tuple[Diagnosis, ...]
    passed_over: tuple[str, ...] = ()
    closer: str = ""
    remark: str = ""


def examine(
    patient: Patient,
    may_try: bool = True,
    troubled: Collection[str] = (),
    chosen: Iterable[Finding] | None = None,
) -> Generator[None, None, Report]:
    """Look for everything, or for the chosen findings; yields between pieces.

    ``may_try``: whether a copy may be trained for a moment. ``troubled`` are nodes of which a problem of the
    graph is told already: of these, only what is seen beyond the graph is told as well.
    """
    wanted = list(findings if chosen is None else chosen)
    passed_over = [f.title for f in wanted if takes_turns(patient.layout) and _is_of_one_loss(f)]
    wanted = [f for f in wanted if f.title not in passed_over]
    had = yield from patient.gather({sees for f in wanted for sees in (*f.sees, *f.may_see)}, may_try)
    seen: list[tuple[Finding, list[Diagnosis]]] = []
    for finding in wanted:
        if not set(finding.sees) <= had:
            passed_over.append(finding.title)
            continue
        seen.append((finding, _look(finding, patient)))
        yield None
    told = [(f, ds) for f, ds in seen if ds]
    symptoms = {symptom for f, _ds in told for symptom in f.explains} | (SYMPTOMS if troubled else set())
    diagnoses = [
        d for f, ds in told if f.id not in symptoms for d in ds
        if not (d.node in troubled and set(f.sees) == {Sees.NETWORK} and not f.may_see)
    ]  # fmt: skip
    diagnoses.sort(key=lambda d: (not d.is_serious, d.is_note))
    closer = _copies(patient) if may_try else ""
    # Whoever looks for some findings only asks for no more.
    also = remark(patient, {d.finding for d in diagnoses}) if chosen is None else ""
    return Report(patient.step, tuple(diagnoses), tuple(passed_over), closer, also)


def _is_of_one_loss(finding: Finding) -> bool:
    return finding.id in OF_ONE_LOSS or not BY_ONE_LOSS.isdisjoint(finding.sees)


def _copies(patient: Patient) -> str:
    """What copies were trained, or why none was."""
    if patient.ahead is None:
        if patient.is_of_past:
            return "no copy was trained, as this is a step of the past"
        return "no copy was trained, as the network is too large for that"
    told = f"trained a copy for {_course(patient.ahead)}"
    if patient.by_heart is not None:
        told += f", and one on {TEN} samples for {_course(patient.by_heart)}: {_by_heart(patient.by_heart)}"
    for variant in patient.variants:
        told += f", and one without {patient.name(variant.node)} for {_course(variant.course)}"
    return told


def _course(course: Course) -> str:
    """How long a copy was trained, and where that led."""
    steps = counted(course.steps, "step")
    if course.diverged is not None:
        return f"{steps} (it diverged)"
    before, after = course.before, course.after
    first, last = told_apart(before, after) if before != after else (in_digits(before, 3),) * 2
    return f"{steps} (loss from {first} to {last})"


def _by_heart(course: Course) -> str:
    """Whether a copy learned its few samples, in words."""
    if course.diverged is not None:
        return "whether it can learn them is not known"
    left = course.after / max(course.before, 1e-12)
    if left <= LEARNED:
        return "it learned them by heart"
    return "it learned some of them" if left <= LEFT else "it could not learn even these"


def _look(finding: Finding, patient: Patient) -> list[Diagnosis]:
    """The cases of one finding. One that fails is told in the log, and ends nothing.

    Of layers and data alone it looks once: they stay the same as long as the session does.
    """
    stays = {*finding.sees, *finding.may_see} <= {Sees.NETWORK, Sees.DATA}
    key = ("doctor", finding.id, tuple(patient.names.items()))
    try:
        cases = patient.remembered.get(key) if stays else None
        if cases is None:
            cases = list(finding.look(patient))
        if stays:
            patient.remembered[key] = cases
    except Exception:
        log.exception("The finding '%s' failed and was passed over.", finding.title)
        return []
    return [_diagnosis(finding, case, patient) for case in cases]


def _diagnosis(finding: Finding, case: Case, patient: Patient) -> Diagnosis:
    """A case as it is told; with a word on weights that the newest change did not make."""
    is_of_before = _is_of_before(finding, case, patient)
    text = f"{case.text} {OF_BEFORE.format(patient.began)}" if is_of_before else case.text
    return Diagnosis(
        finding.id, case.title or finding.title, case.node, text, case.numbers, patient.step, case.chart,
        finding.is_serious if case.is_serious is None else case.is_serious, case.remedies, finding.judged,
        case.corrections, case.is_note, is_of_before or case.needs_reset, case.shown,
    )  # fmt: skip


def _is_of_before(finding: Finding, case: Case, patient: Patient) -> bool:
    """Whether what shows it are weights that are older than what is set now."""
    if patient.is_of_past or OF_WEIGHTS.isdisjoint(finding.sees):
        return False
    # What was so from the start comes back with it.
    return patient.is_of_before or (case.since is not None and 0 < case.since <= patient.began)


def examined(patient: Patient, may_try: bool = True, troubled: Collection[str] = ()) -> Report:
    """As `examine`, in one go."""
    pieces = examine(patient, may_try, troubled)
    while True:
        try:
            next(pieces)
        except StopIteration as end:
            report: Report = end.value
            return report
