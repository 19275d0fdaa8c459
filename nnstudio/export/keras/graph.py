"""A network as the lines that build it with the functional API of Keras 3."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from nnkernels.graph.network import Resolved, read_columns
from nnkernels.spec import Role, size_of
from nnstudio.export.channels_first import IDLE
from nnstudio.export.format import ExportError, refuse_options, refuse_others
from nnstudio.export.keras.emitters import EMITTERS, Code, value
from nnstudio.export.keras.layout import layer_names
from nnstudio.export.keras.windows import KNOWN_MODES, WINDOW_EMITTERS
from nnstudio.export.network import ExportedNetwork

TITLE = "Keras code"
ALL = {**EMITTERS, **WINDOW_EMITTERS}
# What passes on its value; of these, augmentation is left out and said.
PASSING = (IDLE | {"identity", "output"}) - ALL.keys()


@dataclass(eq=False)
class Graph:
    """What the text of a model needs.

    Attributes:
        lines: that build it, each with a comment or "".
        outputs: what the model gives, the prediction first.
        helpers: keys of `HELPERS`.
        names: of layers by nodes.
        left_out: nodes that only change pictures while training.
    """

    lines: list[tuple[str, str]] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    helpers: set[str] = field(default_factory=set)
    names: dict[str, str] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)


def check(network: ExportedNetwork) -> None:
    """Raise ExportError for layers and options that the code cannot express."""
    refuse_others(TITLE, network, {*ALL, *PASSING, "input"})
    refuse_options(TITLE, network, _heeded)
    for node in network.nodes:
        if node.layer.id in ("pad1d", "pad2d") and node.options["mode"] not in KNOWN_MODES:
            raise ExportError(
                f"{TITLE} cannot express '{node.id}' ({node.layer.title}) with mode = "
                f"{node.options['mode']!r}. Choose another mode, or another format: NumPy NPZ holds every "
                "layer."
            )
    graph_of(network)


def _heeded(node: Resolved) -> tuple[str, ...] | None:
    return ALL[node.layer.id][1] if node.layer.id in ALL else None


def graph_of(network: ExportedNetwork) -> Graph:
    """The whole network. Raises ExportError."""
    return _Writer(network).write()


class _Writer:
    def __init__(self, network: ExportedNetwork) -> None:
        self.network, self.nodes = network, {node.id: node for node in network.nodes}
        # A name for each layer that stands in a variable of its own, because it is used twice.
        self.names = layer_names([*self.nodes, *(f"{name}.layer" for name in self.nodes)])
        self.graph = Graph(names={name: self.names[name] for name in self.nodes})
        owners = [network.owners[n.id] for n in network.nodes if n.parameters]
        self.shared = {name for name in owners if owners.count(name) > 1}
        self.layers: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self.short_lived = self._short_lived()

    def write(self) -> Graph:
        for node in self.network.nodes:
            self._write_node(node)
        others = [n.id for n in self.network.nodes if n.layer.role == Role.OUTPUT]
        first = self.network.output
        names = [first, *[name for name in others if name != first]]
        self.graph.outputs = [self.values[name] for name in names]
        return self.graph

    def _columns(self, node: Resolved) -> tuple[int, ...] | None:
        columns = read_columns(node.options["columns"], size_of(self.network.input_shape), "values")
        return None if columns is None else tuple(columns)

    def _short_lived(self) -> set[str]:
        """Nodes whose values only the next line reads, so that they may be called x."""
        sources: dict[str, str] = {}
        written: list[Resolved] = []
        for node in self.network.nodes:
            passes = node.layer.id in PASSING
            if node.layer.id == "input":
                passes = False
                sources[node.id] = node.id if self._columns(node) else ""
            else:
                sources[node.id] = sources[node.inputs[0]] if passes else node.id
            if sources[node.id] == node.id:
                written.append(node)
        read = [{sources[name] for name in node.inputs} for node in written]
        ends = {sources[n.id] for n in self.network.nodes if n.layer.role == Role.OUTPUT}
        read.append(ends)
        return {
            node.id for i, node in enumerate(written) if not any(node.id in names for names in read[i + 2 :])
        }

    def _result(self, node: Resolved) -> str:
        self.values[node.id] = "x" if node.id in self.short_lived else self.names[node.id]
        return self.values[node.id]

    def _write_node(self, node: Resolved) -> None:
        if node.layer.id == "input":
            self._write_input(node)
        elif node.layer.id in PASSING:
            self.values[node.id] = self.values[node.inputs[0]]
            if node.layer.id in IDLE - {"identity", "output"}:
                self.graph.left_out.append(node.id)
        else:
            self._write_layer(node)

    def _write_input(self, node: Resolved) -> None:
        columns = self._columns(node)
        if columns is None:
            self.values[node.id] = "inputs"
            return
        flat = "inputs" if len(self.network.input_shape) == 1 else "layers.Flatten()(inputs)"
        first, last = columns[0], columns[-1]
        if columns == tuple(range(first, last + 1)):
            line = f"{self._result(node)} = {flat}[:, {first}:{last + 1}]"
        else:
            line = f"{self._result(node)} = ops.take({flat}, {value(list(columns))}, axis=1)"
        self._add([line], node)

    def _write_layer(self, node: Resolved) -> None:
        emit = ALL[node.layer.id][0]
        owner = self.network.owners.get(node.id, node.id) if node.parameters else node.id
        code = emit(node, self.names[owner])
        entering = [self.values[name] for name in node.inputs]
        used = self._register(node, owner, code) if owner in self.shared else code.layer
        if code.helper:
            self.graph.helpers.add(code.helper)
        result = self._result(node)
        lines = [f"{result} = {used}({entering[0]})"] if code.lines is None else (
            code.lines(result, entering, used)
        )  # fmt: skip
        self._add(lines, node)

    def _register(self, node: Resolved, owner: str, code: Code) -> str:
        """The variable of a layer that is used more than once."""
        variable = self.names[f"{owner}.layer"]
        if owner not in self.layers:
            self.layers[owner] = code.layer
            self.graph.lines.append((f"{variable} = {code.layer}", ""))
        if self.layers[owner] != code.layer:
            raise ExportError(
                f"'{node.id}' shares the weights of '{owner}', but its options are others: {code.layer} and "
                f"{self.layers[owner]}. Give both the same options, or choose another format."
            )
        return variable

    def _add(self, lines: Sequence[str], node: Resolved) -> None:
        shape = f"({', '.join(['n', *(str(n) for n in node.shape)])})"
        *others, last = lines
        self.graph.lines += [*((line, "") for line in others), (last, shape)]
