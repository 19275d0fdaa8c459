"""What a finding of the doctor is: what it must see, its rule, and what it tells a person. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import StrEnum, auto
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from nnkernels.spec.registry import Registry
from nnstudio.model.problems import Repair
from nnstudio.model.severity import Severity, severity_of

if TYPE_CHECKING:
    from nnstudio.doctor.patient import Patient


class Sees(StrEnum):
    """What a finding looks at; the patient gathers each kind once, for all that declare it."""

    # Layers, their links and shapes, settings.
    NETWORK = auto()
    # Samples and targets, as the network gets them.
    DATA = auto()
    # Some samples there and back: values of all layers, gradients.
    FLOW = auto()
    # The losses of the run so far.
    CURVE = auto()
    # What the network answers to some samples, and the loss of each.
    ANSWERS = auto()
    # The next steps, made on a copy; never while the network itself learns.
    AHEAD = auto()
    # Whether a copy can learn ten samples by heart; only of a network that was trained and learned little.
    BY_HEART = auto()
    # Copies without a layer that may do harm, or with another one there, beside one as it is.
    VARIANTS = auto()


class Judged(StrEnum):
    """By what a remedy is judged when it is tried."""

    # The loss of training, or of the part that is watched.
    TRAINING = auto()
    WATCHED = auto()
    # The share of right answers in the class, or in the group of the data, that has the least.
    CLASSES = auto()
    GROUPS = auto()
    # The mean absolute error of a series on the part that is watched, in the unit of its table.
    FORECASTS = auto()


class ChartKind(StrEnum):
    """How the points of a chart are drawn."""

    LINE = auto()
    BARS = auto()


@dataclass(frozen=True, eq=False)
class Chart:
    """A small picture as data.

    Attributes:
        x, y: float64 (n,), finite; bars stand at ``x`` and are equally far apart.
        x_name, y_name: what the axes are, with the unit if there is one.
        mark: an x that a person should look at, such as the epoch at which something began; None for none.
        is_log: whether ``x`` is above 0 and drawn by its powers of ten.
    """

    kind: ChartKind
    x: np.ndarray
    y: np.ndarray
    x_name: str
    y_name: str
    mark: float | None = None
    is_log: bool = False


@dataclass(frozen=True, eq=False)
class Diagnosis:
    """One thing that is wrong, or seems to be.

    Attributes:
        finding, title: identifier and heading of the finding.
        node: the guilty node of the main graph, or "" for the network, its data or its settings as a whole.
        text: the reason in two plain sentences.
        numbers: the evidence, as names and values in words.
        step: of the run, at which this was seen.
        chart: a small picture of the evidence, or None.
        is_serious: whether it keeps the network from learning, not only from learning well.
        remedies: changes that may help. They are tried before they are offered, see `trying`.
        judged: by what remedies are judged.
        corrections: changes that are right whatever a trial says, or that no short trial can show: they are
            offered at once.
        is_note: whether it is only worth knowing: there is nothing to fix.
        needs_reset: whether only a new start mends it, or tells what the newest change does, because the
            weights that show it are older.
        shown: training samples to look at under Data, the most striking first; none of them where the data as
            a whole is to be looked at, None where it says nothing.
    """

    finding: str
    title: str
    node: str
    text: str
    numbers: tuple[tuple[str, str], ...]
    step: int
    chart: Chart | None = None
    is_serious: bool = False
    remedies: tuple[Repair, ...] = ()
    judged: Judged = Judged.TRAINING
    corrections: tuple[Repair, ...] = ()
    is_note: bool = False
    needs_reset: bool = False
    shown: tuple[int, ...] | None = None

    @property
    def severity(self) -> Severity:
        """The word for it."""
        return severity_of(self.is_serious, self.is_note)

    @property
    def key(self) -> tuple[str, str]:
        """What stays the same while the numbers move on."""
        return self.finding, self.node

    def plain(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        chart = self.chart
        drawn = chart and {
            "kind": str(chart.kind), "x": chart.x.tolist(), "y": chart.y.tolist(), "x_name": chart.x_name,
            "y_name": chart.y_name, "mark": chart.mark,
        }  # fmt: skip
        return {
            "finding": self.finding, "title": self.title, "node": self.node, "serious": self.is_serious,
            "note": self.is_note, "severity": str(self.severity),
            "text": self.text, "numbers": dict(self.numbers), "step": self.step, "chart": drawn,
        }  # fmt: skip


@dataclass(frozen=True)
class Case:
    """What a finding's rule saw; ``is_serious`` and ``title`` only where they are not as the finding says;
    ``since``: the step from which on it holds, where that was looked for.
    """

    node: str
    text: str
    numbers: tuple[tuple[str, str], ...] = ()
    chart: Chart | None = None
    remedies: tuple[Repair, ...] = field(default=(), compare=False)
    is_serious: bool | None = None
    title: str = ""
    corrections: tuple[Repair, ...] = field(default=(), compare=False)
    is_note: bool = False
    since: int | None = None
    needs_reset: bool = False
    shown: tuple[int, ...] | None = None


class Finding:
    """Something that can be wrong. A file in `findings` that registers one is all it takes.

    Attributes:
        id: never changes; scripts read it.
        title: the heading that a person sees.
        order: of the list of what was seen; what keeps a network from learning has low numbers.
        sees: what the rule looks at. Where some of it cannot be had, the finding is passed over.
        may_see: what it looks at besides, where that can be had.
        explains: identifiers of findings that are not told where this one is seen: they are its symptoms.
        is_serious: see `Diagnosis`.
        judged: see `Diagnosis`.
    """

    id: str = ""
    title: ClassVar[str] = ""
    order: ClassVar[int] = 0
    sees: ClassVar[tuple[Sees, ...]] = (Sees.NETWORK,)
    may_see: ClassVar[tuple[Sees, ...]] = ()
    explains: ClassVar[tuple[str, ...]] = ()
    is_serious: ClassVar[bool] = False
    judged: ClassVar[Judged] = Judged.TRAINING

    def look(self, patient: Patient) -> Iterable[Case]:
        """The rule: a case for each guilty node, or one for the whole; nothing where all is well."""
        raise NotImplementedError


findings: Registry[Finding] = Registry("finding", "nnstudio.doctor.findings", "nnstudio.findings")
