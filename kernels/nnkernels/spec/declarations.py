"""What a layer, a loss and an optimizer declare about themselves; must not import numba.

Shapes are those of one sample, without the batch axis: ``(features,)`` or ``(height, width,
channels)``. Images are NHWC.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

from nnkernels.spec.declared import Declared, Option, Options
from nnkernels.spec.groups import MAIN_GROUP, read_group
from nnkernels.spec.kinds import Role, Takes, TargetKind, TaskKind
from nnkernels.spec.registry import Registry
from nnkernels.spec.terms import Account, Gradients, Index, Rule, Term, Terms, Uses

if TYPE_CHECKING:
    import numpy as np

    from nnkernels.jit import Kernel
    from nnkernels.planning.lowering import Lowering

Shape = tuple[int, ...]
# Of each input of a node.
Shapes = Sequence[Shape]
# What only declares itself imports no numpy: the first screen of the window has no time for it.
Arrays: TypeAlias = "Sequence[np.ndarray]"
# Numbers that a schedule keeps of the losses so far.
Memory = tuple[float, ...]
# Parameters by name.
NamedArrays: TypeAlias = "Mapping[str, np.ndarray]"
# Cases of a layer for the contract tests: (options, input shapes).
Samples = tuple[tuple[dict[str, Any], tuple[Shape, ...]], ...]

# Least and greatest value of an output.
Bounds = tuple[float, float]
UNBOUNDED: Bounds = (-math.inf, math.inf)

# Between the name of a composite and that of one of its parts.
NAME_SEPARATOR = "/"

# The kind of node that stands for a whole network of its own.
SUBNETWORK = "subnetwork"
IDENTITY = "identity"  # hands on what it gets: a dot that a link runs through
# The kind of node that stands for and keeps the options of a layer that this version does not know.
PLACEHOLDER = "placeholder"


def size_of(shape: Shape) -> int:
    """Number of values in one sample of this shape."""
    return math.prod(shape)


def show_shape(shape: Shape) -> str:
    """A shape as people write it: ``28×28×1`` or ``1,568``."""
    return "×".join(f"{n:,}" for n in shape)


@dataclass(frozen=True)
class Parameter:
    """A trained array: its name, its shape and how it starts.

    ``fan_in`` and ``fan_out`` are the numbers of connections that scale the initialiser; ``values``
    (one for all, or one each) are what "by_hand" starts with. With ``trained`` off, the layer writes
    the array itself (running statistics) and optimizers leave it. ``unit_axis`` counts the units whose
    weights it holds: outputs, or the rows of a table. ``axes`` are the names of its axes as a person reads
    them, in the singular, one for each.
    """

    name: str
    shape: Shape
    initialiser: str = "zeros"
    fan_in: int = 1
    fan_out: int = 1
    trained: bool = True
    values: tuple[float, ...] = (0.0,)
    unit_axis: int = -1
    axes: tuple[str, ...] = ()


# What every layer with parameters offers besides its own options.
TRAINED_OPTIONS = (
    Option("frozen", False, "Keep this layer's weights as they are while the others learn."),
    Option("shares", "", "Use the weights of another layer of the same kind.", names_layer=True),
    Option(
        "learning_rate_factor", 1.0,
        "The learning rate of this layer is multiplied by this; below 1 it learns more slowly.",
        0.0, 1000.0, when=("frozen", False),
    ),
    Option(
        "optimizer_group", MAIN_GROUP,
        "Layers of another group learn from other losses, with an optimizer of their own: groups take their "
        "steps in turn. Name one, such as generator.",
        when=("frozen", False), reads=read_group,
    ),
)  # fmt: skip


@dataclass(frozen=True)
class NodeSpec:
    """One layer of a network: its identifier, kind, options and the nodes it reads."""

    id: str
    layer: str
    options: Mapping[str, Any] = field(default_factory=dict)
    inputs: tuple[str, ...] = ()


class Layer(Declared):
    """One kind of node. A subclass in ``layers/`` is all that a new layer needs.

    Attributes:
        category: heading in the palette.
        formula: what it computes, on one line.
        synonyms: other words a person may search for.
        role: what a node of it is in a network.
        joins: whether the input port takes several links.
        kinks: inputs at which the derivative jumps; finite differences stay away from them.
        surrogate: whether backward uses a stand-in for the true derivative, as the docstring says.
        keeps_order: whether it works value by value, exactly, and never turns a larger value into a
            smaller one; then it may be swapped with a following layer that takes_largest.
        whole_chunks: whether its kernels need many samples at a time, though one has many rows.
        across_samples: whether what it makes of a sample in training depends on the others of the batch.
        gives_rows: whether its output is rows of its only array, ``weight``, by their numbers.
        reads_rows: whether it can take such numbers and `Lowering.lookup` in place of the rows.
        shown: names of the options worth showing on the node.
        samples: cases for the contract tests: (options, input shapes).
        limits: what `bounds` says of it, whatever enters.
        saturates: whether its derivative vanishes towards both of its limits, as that of tanh.
        flat: whether its derivative is 0 over a whole range of inputs, as that of ReLU below 0.
        sums_to: what the values of an axis, by default the last, always sum to, or None; see `total`.
        adapts: whether it turns other shapes into rows of features, so that it can be offered as a repair.
        glyph: name of its drawing (`DRAWINGS` in ui/widgets/layer_pictures.py), or a sign in a circle; empty
            for its own curve or the drawing of its category.
    """

    category: ClassVar[str] = "Layers"
    formula: ClassVar[str] = ""
    synonyms: ClassVar[tuple[str, ...]] = ()
    role: ClassVar[Role] = Role.LAYER
    joins: ClassVar[bool] = False
    kinks: ClassVar[tuple[float, ...]] = ()
    surrogate: ClassVar[bool] = False
    whole_chunks: ClassVar[bool] = False
    across_samples: ClassVar[bool] = False
    gives_rows: ClassVar[bool] = False
    reads_rows: ClassVar[bool] = False
    keeps_order: ClassVar[bool] = False
    takes_largest: ClassVar[bool] = False
    shown: ClassVar[tuple[str, ...]] = ()
    samples: ClassVar[Samples] = ()
    limits: ClassVar[Bounds] = UNBOUNDED
    saturates: ClassVar[bool] = False
    flat: ClassVar[bool] = False
    sums_to: ClassVar[float | None] = None
    adapts: ClassVar[bool] = False
    glyph: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        if cls.parameters is not Layer.parameters and TRAINED_OPTIONS[0] not in cls.options:
            cls.options = (*cls.options, *TRAINED_OPTIONS)

    def parts(self, options: Options, inputs: Shapes) -> tuple[NodeSpec, ...]:
        """The nodes that a composite stands for, in order; none where the layer computes itself.

        They read the composite's inputs as "0", "1", .., and each other by their names; the last one
        gives the output.
        """
        return ()

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        """Output shape of one sample. Raises SpecError with a sentence where it does not fit."""
        return inputs[0]

    def parameters(self, options: Options, inputs: Shapes) -> tuple[Parameter, ...]:
        """The trained arrays, in the order in which they are saved."""
        return ()

    def check_numbers(self, options: Options, numbers: np.ndarray) -> None:
        """Raise SpecError where numbers that go in, of any shape, mean nothing to the layer.

        No kernel can refuse them.
        """

    def check_batch(self, options: Options, shape: Shape, samples: int) -> None:
        """Raise SpecError where the layer, with outputs of this shape, cannot learn from so few samples."""

    def differs_in_training(self, options: Options) -> bool:
        """Whether training computes something else than `reference`, so that its gradients are others."""
        return False

    def flops(self, options: Options, inputs: Shapes) -> int:
        """Floating-point operations of one forward pass over one sample."""
        return size_of(self.shape(options, inputs))

    def is_view(self, options: Options, training: bool) -> bool:
        """Whether the output is the input's memory, so that nothing needs computing."""
        return False

    def bounds(self, options: Options, inputs: Shapes, entering: Sequence[Bounds]) -> Bounds:
        """Least and greatest value that the output can come close to; ``entering``: those of each input."""
        if entering and (self.role == Role.OUTPUT or self.is_view(options, False)):
            return entering[0]
        return self.limits

    def can_fold(self, options: Options, shape: Shape) -> bool:
        """Whether a loss that names it in `Loss.folds` may compute it itself, row by row of the last axis.

        ``shape`` is its output's.
        """
        return True

    def total(self, options: Options, shape: Shape) -> float | None:
        """What all values of a sample, of this shape, always sum to, or None."""
        return None if self.sums_to is None else self.sums_to * size_of(shape) / shape[-1]

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms | None:
        """Of which values of one sample the number ``unit`` of the output is made, without any value.

        None where numbers that the layer makes on its way stand in between; see `account`. A layer that
        says neither is told as a formula of all that goes in.
        """
        import numpy as np

        if self.is_view(options, False):
            at = int(np.ravel_multi_index(unit, self.shape(options, inputs)))
            index = tuple(int(i) for i in np.unravel_index(at, inputs[0]))
            return Terms(Rule.SUM, (Term(0, index),))
        if type(self).account is Layer.account and not self.parts(options, inputs):
            terms = (Term(port, at) for port, shape in enumerate(inputs) for at in np.ndindex(*shape))
            return Terms(Rule.FORMULA, tuple(terms))
        return None

    def account(
        self, options: Options, inputs: Arrays, parameters: NamedArrays, unit: Index
    ) -> Account | None:
        """For layers without `terms`: how the number ``unit`` of the output to one sample comes about."""
        return None

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses | None:
        """The other way round than `terms`: numbers of the output that a value goes into, each with its term.

        None where that is not known, so that all numbers must be looked through.
        """
        return None

    def gradients_in_training(
        self,
        options: Options,
        x: np.ndarray,
        y: np.ndarray,
        parameters: NamedArrays,
        index: Index,
        passed: float | None,
    ) -> Gradients | None:
        """For layers that train otherwise than they predict: output numbers with derivatives by a value.

        ``x`` and ``y`` are what went in and came out for the only sample of a batch, in training; ``passed``
        is the share of the gradient that came back through this number, where it is known. None where they do
        not tell it.
        """
        return None

    def attention(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray | None:
        """How much each step attends to each other, in NumPy: (batch, heads, steps, steps), rows sum to 1.

        None for layers that do not attend.
        """
        return None

    def masked(self, options: Options, inputs: Arrays) -> np.ndarray | None:
        """Which steps each must not attend to, bool (batch or 1, steps, keys); None where it may to all."""
        return None

    def lower(self, node: Lowering) -> None:
        """Emit the instructions of forward and backward."""

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        """Slow and obvious NumPy forward pass; oracle of the contract tests.

        Inputs are `(batch, *shape)`, parameters float64 by name; returns the output, `(batch, *shape)`.
        """
        return inputs[0]


class Loss(Declared):
    """Compares the network's output with the target.

    Attributes:
        kernel: writes per-sample loss and correctness, and the gradient at the output. Its arguments are
            ``endpoints.LOSS_ARGUMENTS``, then the values of the options, read with ``vmath.real``.
        folds: id of a final activation ("softmax") that it computes itself, stabler and cheaper, or "".
        target: what it compares with.
        task: what its network learns.
        takes: what the output's numbers mean to it.
        usual: whether it is what new data gets that it suits.
        for_labels: whether it is what data of several labels gets, each of which holds or does not.
        samples: cases for the contract tests: options.
        weighs_classes: whether the kernel weighs classes by itself. It then has one more argument, the
            address of a table of weights (``vmath.real``) or 0; what others give is multiplied.
        each_position: whether it compares at each position of an output (.., classes) with a class of its
            own. Its kernel then has one more argument, ``positions``, and leaves out the class -1.
    """

    kernel: ClassVar[Kernel]
    folds: ClassVar[str] = ""
    target: ClassVar[TargetKind] = TargetKind.VALUES
    task: ClassVar[TaskKind] = TaskKind.REGRESSION
    takes: ClassVar[Takes] = Takes.ANYTHING
    usual: ClassVar[bool] = False
    for_labels: ClassVar[bool] = False
    samples: ClassVar[tuple[dict[str, Any], ...]] = ({},)
    weighs_classes: ClassVar[bool] = False
    each_position: ClassVar[bool] = False

    @property
    def names_classes(self) -> bool:
        """Whether the targets are numbers of classes, between which there is nothing."""
        return self.target == TargetKind.CLASS or self.has_option("class_weights")

    def suits(self, classes: int, targets: int) -> bool:
        """Whether data can be learned with it: its number of classes, or 0, and of target values."""
        is_class = self.target == TargetKind.CLASS
        return (classes > 0) == is_class and (targets == 1 or not is_class or self.each_position)

    def computes(self, layer: Layer, options: Options, shape: Shape) -> bool:
        """Whether it can compute a final layer with outputs of this shape itself, as ``folds`` says."""
        one_row = self.each_position or size_of(shape) == shape[-1]
        return layer.id == self.folds and one_row and layer.can_fold(options, shape)

    def check(self, output: Shape, classes: int, targets: int) -> None:
        """Raise SpecError with a sentence if this output cannot be compared with this target."""

    def lead(self, options: Options) -> float:
        """By how much the true class's score must lead until the loss is at its least; 0 where not told."""
        return 0.0

    def arguments(self, options: Options) -> list[float]:
        """The numbers among the options, which the kernel reads in this order."""
        return [float(v) for v in options.values() if not isinstance(v, str)]

    def reference(self, options: Options, outputs: np.ndarray, targets: np.ndarray) -> np.ndarray:
        """Per-sample loss, shape (batch,), of outputs (batch, n) and targets."""
        raise NotImplementedError


class Optimizer(Declared):
    """Turns gradients into changed parameters, over flat arrays.

    Attributes:
        kernel: updates parameters ``lo .. hi``; hyperparameters are read from the workspace in the
            order of ``options``, the learning rate first.
        slots: number of extra arrays of the parameters' length (momentum, variance).
        searches: whether it runs the network forward to try parameters out; its kernel then takes the
            arguments of ``machine.total_loss``, others ``count``, the number of all parameters.
        samples: cases for the contract tests: options.
    """

    kernel: ClassVar[Kernel]
    slots: ClassVar[int] = 0
    searches: ClassVar[bool] = False
    samples: ClassVar[tuple[dict[str, Any], ...]] = ({},)

    def reference(
        self, options: Options, step: int, p: np.ndarray, g: np.ndarray, slots: list[np.ndarray]
    ) -> None:
        """One update in place of parameters p, by gradients g, and of slots, all (n,); step counts from 1."""
        raise NotImplementedError


class Schedule(Declared):
    """How the learning rate changes along a run; ``samples`` are cases for the contract tests: options.

    ``start`` is the memory before the first epoch: numbers that a schedule keeps of the losses, if any.
    """

    samples: ClassVar[tuple[dict[str, Any], ...]] = ({},)
    start: ClassVar[Memory] = ()

    def remember(self, options: Options, memory: Memory, loss: float) -> Memory:
        """The memory after an epoch with this loss."""
        return memory

    def factor(
        self, options: Options, steps: np.ndarray, per_epoch: int, total: int, memory: Memory
    ) -> np.ndarray:
        """What the learning rate is multiplied with at each of ``steps`` (counted from 0).

        ``total`` is the number of steps of the whole run, ``memory`` what is kept of the losses so far.
        """
        raise NotImplementedError


layers: Registry[Layer] = Registry("layer", "nnkernels.layers", "nnstudio.layers")
losses: Registry[Loss] = Registry("loss", "nnkernels.losses", "nnstudio.losses")
optimizers: Registry[Optimizer] = Registry("optimizer", "nnkernels.optimizers", "nnstudio.optimizers")
schedules: Registry[Schedule] = Registry("schedule", "nnkernels.schedules", "nnstudio.schedules")
