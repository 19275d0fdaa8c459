"""A network as the modules and the lines of forward that stand for it in PyTorch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nnkernels.graph.network import Resolved, read_columns
from nnkernels.spec import size_of
from nnstudio.export.channels_first import IDLE, TURN, ChannelsFirst, Step, last_axes
from nnstudio.export.format import ExportError, refuse_options, refuse_others
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.pytorch.code import Code
from nnstudio.export.pytorch.layout import module_names
from nnstudio.export.pytorch.modules import EMITTERS

TITLE = "PyTorch code"
# Ways of padding that the code heeds.
AUGMENTATION = IDLE - {"dropout", "gaussiannoise", "identity", "output"}


@dataclass(eq=False)
class Graph:
    """What the text of a model needs.

    Attributes:
        modules: name, expression and a comment; a module that is used twice stands here once.
        lines: of forward, up to its return, each with a comment or "".
        sequential: whether the modules in a row are all there is.
        helpers: keys of `HELPERS`.
        names: of modules by nodes.
        left_out: nodes that only change pictures while training.
        turns: by Output, the call that puts its channels last where they are first, or "".
    """

    modules: list[tuple[str, str, str]] = field(default_factory=list)
    lines: list[tuple[str, str]] = field(default_factory=list)
    sequential: bool = True
    helpers: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    turns: dict[str, str] = field(default_factory=dict)


def check(network: ExportedNetwork) -> None:
    """Raise ExportError for layers and options that the code cannot express."""
    refuse_others(TITLE, network, {*EMITTERS, *IDLE, "input"})
    refuse_options(TITLE, network, _heeded)
    graph_of(network)


def _heeded(node: Resolved) -> tuple[str, ...] | None:
    return EMITTERS[node.layer.id][1] if node.layer.id in EMITTERS else None


def graph_of(network: ExportedNetwork) -> Graph:
    """The whole network. Raises ExportError."""
    return _Writer(network).write()


class _Writer:
    def __init__(self, network: ExportedNetwork) -> None:
        self.network, self.steps = network, ChannelsFirst.of(network)
        ids = {node.id for node in network.nodes}
        turns = [step.name for step in self.steps.steps if step.name not in ids]
        # A name for each module that may come before a node's own.
        before = [f"{node.id}.pad" for node in network.nodes]
        self.names = module_names([*(node.id for node in network.nodes), *turns, *before])
        self.graph = Graph(names=self.names)
        self.plain = self._short_lived()
        self.values: dict[str, str] = {}
        self.written: dict[str, str] = {}

    def write(self) -> Graph:
        for step in self.steps.steps:
            self._write_step(step)
        for name in self.steps.outputs:
            step = self.steps.step(name)
            self.graph.turns[name] = (
                f".permute{last_axes(len(step.shape))}" if step.is_first and len(step.shape) > 1 else ""
            )
        returned = ", ".join(self.values[name] for name in self.steps.outputs)
        self.graph.lines.append((f"return {returned}", ""))
        self.graph.sequential &= set(self.values.values()) == {"x"} and bool(self.graph.modules)
        return self.graph

    def _short_lived(self) -> set[str]:
        """Steps whose values only the next line reads, so that they may be called x."""
        # None stands for what enters the model.
        sources: dict[str, str | None] = {}
        lines: list[Step] = []
        for step in self.steps.steps:
            if step.kind == "input":
                columns = read_columns(step.options["columns"], size_of(self.network.input_shape), "values")
                sources[step.name] = step.name if columns else None
            elif step.kind in EMITTERS or step.kind == TURN:
                sources[step.name] = step.name
            else:
                sources[step.name] = sources[step.inputs[0]]
            if sources[step.name] == step.name:
                lines.append(step)
        read = [{sources[name] for name in step.inputs} or {None} for step in lines]
        read.append({sources[name] for name in self.steps.outputs})
        return {
            step.name
            for i, step in enumerate(lines)
            if not any(step.name in names for names in read[i + 2 :])
            and not any(None in names for names in read[i + 1 :])
        }

    def _write_step(self, step: Step) -> None:
        if step.kind == "input":
            self._write_input(step)
        elif step.kind == TURN:
            axes = ", ".join(str(axis) for axis in step.axes)
            self._write_lines(step, [f"{self._result(step)} = {self.values[step.inputs[0]]}.permute({axes})"])
        elif step.kind in EMITTERS:
            self._write_layer(step, EMITTERS[step.kind][0](step))
        else:
            self.values[step.name] = self.values[step.inputs[0]]
            if step.kind in AUGMENTATION:
                self.graph.left_out.append(step.name)

    def _write_input(self, step: Step) -> None:
        shape = self.network.input_shape
        columns = read_columns(step.options["columns"], size_of(shape), "values")
        if columns is None:
            self.values[step.name] = "x"
            return
        first, last = columns[0], columns[-1]
        in_order = columns == tuple(range(first, last + 1))
        chosen = f"{first}:{last + 1}" if in_order else str(list(columns))
        flat = {1: "x", 2: "x.flatten(1)", 3: "x.permute(0, 2, 3, 1).flatten(1)"}.get(
            len(shape), "x.flatten(1)"
        )
        self._write_lines(step, [f"{self._result(step)} = {flat}[:, {chosen}]"])

    def _result(self, step: Step) -> str:
        """The name of what a step gives, from now on."""
        self.values[step.name] = "x" if step.name in self.plain else self.names[step.name]
        return self.values[step.name]

    def _write_layer(self, step: Step, code: Code) -> None:
        entering = [self.values[name] for name in step.inputs]
        applied = self._register(step, code) if code.modules else "{}"
        if code.helper:
            self.graph.helpers.add(code.helper)
        if code.lines is None:
            self._add_lines(step, [f"{self._result(step)} = {applied.format(*entering)}"])
        else:
            self._write_lines(step, code.lines(self._result(step), entering, applied))

    def _register(self, step: Step, code: Code) -> str:
        """The modules of a step, in the list; how forward applies them, "{}" being what enters."""
        owner = step.owner or step.name
        name, applied = self.names[owner], "{}"
        *before, last = code.modules
        if self.written.get(owner, last) != last:
            raise ExportError(
                f"'{step.name}' shares the weights of '{owner}', but its options are others: {last} and "
                f"{self.written[owner]}. Give both the same options and inputs of one size, or choose "
                "another format."
            )
        for expression in before:
            extra = self.names[f"{step.name}.pad"]
            self.graph.modules.append((extra, expression, ""))
            applied = f"self.{extra}({applied})"
        if owner in self.written:
            self.graph.sequential = False
        else:
            self.graph.modules.append((name, last, _shape(step)))
            self.written[owner] = last
        return f"self.{name}({applied})"

    def _write_lines(self, step: Step, lines: Sequence[str]) -> None:
        """Lines that no module stands for."""
        self.graph.sequential = False
        self._add_lines(step, lines)

    def _add_lines(self, step: Step, lines: Sequence[str]) -> None:
        *others, last = lines
        self.graph.lines += [*((line, "") for line in others), (last, _shape(step))]


def _shape(step: Step) -> str:
    return f"({', '.join(['n', *(str(n) for n in step.shape)])})"
