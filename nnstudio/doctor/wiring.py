"""How the layers of a network hang together, for rules that look at what stands before and behind one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property

from nnkernels.graph.network import Resolved, outer_name
from nnkernels.program import Layout
from nnkernels.spec import SUBNETWORK, Role, size_of
from nnkernels.spec.terms import Rule

# Activations among the layers' categories.
ACTIVATIONS = "Activations"


class Wiring:
    """A resolved network with its links in both directions.

    ``kinds`` are those of the nodes of the main graph, by which parts of others are told from them: the last
    part of a composite or a sub-network has the name of the whole.
    """

    def __init__(self, layout: Layout, kinds: Mapping[str, str]) -> None:
        self.layout, self.nodes, self.kinds = layout, layout.nodes, kinds
        self.readers: dict[str, list[str]] = {name: [] for name in self.nodes}
        for node in self.nodes.values():
            for source in node.inputs:
                self.readers[source].append(node.id)

    @cached_property
    def inputs(self) -> list[Resolved]:
        return [n for n in self.nodes.values() if n.layer.role == Role.INPUT]

    @cached_property
    def counted(self) -> set[str]:
        """Nodes that lead to an Output whose loss counts: no other loss tells anything of the others."""
        outputs = [target.node for target in self.layout.targets if target.weight > 0]
        leading = {node.id for output in outputs for node in self.before(output)}
        # Of weights that several share, the first node has them.
        return {*outputs, *leading, *(self.layout.owners.get(name, name) for name in leading)}

    @cached_property
    def last_learned(self) -> set[str]:
        """Layers with matrices of weights that none of their kind stands behind, one on each way out."""
        learned = {node.id for node in self.learned}
        return {name for name in learned if not any(node.id in learned for node in self.behind(name))}

    @cached_property
    def learned(self) -> list[Resolved]:
        """Layers with matrices of weights, in order: no biases alone, no normalisation."""
        return [n for n in self.nodes.values() if any(p.trained and len(p.shape) > 1 for p in n.parameters)]

    def behind(self, name: str) -> Iterator[Resolved]:
        """All nodes that a node leads to."""
        waiting, seen = [name], {name}
        while waiting:
            for reader in self.readers[waiting.pop()]:
                if reader not in seen:
                    seen.add(reader)
                    waiting.append(reader)
                    yield self.nodes[reader]

    def before(self, name: str) -> Iterator[Resolved]:
        """All nodes that lead to a node."""
        waiting, seen = [name], {name}
        while waiting:
            for source in self.nodes[waiting.pop()].inputs:
                if source not in seen:
                    seen.add(source)
                    waiting.append(source)
                    yield self.nodes[source]

    def chain_before(self, name: str) -> Iterator[Resolved]:
        """From a node backwards, as long as each has one input and the one before feeds nothing else."""
        node = self.nodes[name]
        while len(node.inputs) == 1 and len(self.readers[node.inputs[0]]) == 1:
            node = self.nodes[node.inputs[0]]
            yield node

    def chain_behind(self, name: str) -> Iterator[Resolved]:
        """From a node onwards, as long as each feeds one other, which has no other input."""
        while len(self.readers[name]) == 1:
            node = self.nodes[self.readers[name][0]]
            if len(node.inputs) != 1:
                return
            yield node
            name = node.id

    def is_cut(self, name: str) -> bool:
        """Whether every way from an Input to a prediction, of any Output, leads through a node."""
        ends = {target.node for target in self.layout.targets}
        waiting, seen = [n.id for n in self.inputs if n.id != name], {name}
        while waiting:
            at = waiting.pop()
            if at in ends:
                return False
            if at not in seen:
                seen.add(at)
                waiting += self.readers[at]
        return True

    def is_part(self, node: Resolved) -> bool:
        """Whether it lies inside of a composite or a sub-network: no change of the main graph is of it."""
        return self.kinds.get(node.id, "") != node.layer.id

    def is_of_layer(self, node: Resolved) -> bool:
        """Whether it is a part of a layer, which knows what it does, and not of a person's sub-network."""
        return self.is_part(node) and self.kinds.get(outer_name(node.id)) != SUBNETWORK

    @property
    def is_normalised(self) -> bool:
        """Whether a normalisation reads the inputs, or what the first layers of weights make of them."""
        waiting = [(reader, False) for start in self.inputs for reader in self.readers[start.id]]
        while waiting:
            name, is_weighted = waiting.pop()
            node = self.nodes[name]
            if normalises(node):
                return True
            has_weights = node in self.learned
            if passes_on(node) or (has_weights and not is_weighted):
                waiting += [(reader, is_weighted or has_weights) for reader in self.readers[name]]
        return False

    def feeds_outputs_only(self, name: str) -> bool:
        return all(self.nodes[reader].layer.role == Role.OUTPUT for reader in self.readers[name])

    def is_before_output(self, name: str) -> bool:
        """Whether nothing but what hands values on stands between a node and an Output."""
        return all(n.layer.role == Role.OUTPUT or passes_on(n) for n in self.behind(name))

    def is_hidden(self, name: str) -> bool:
        """Whether a layer with weights follows."""
        return any(n.parameters for n in self.behind(name))


def passes_on(node: Resolved) -> bool:
    """Whether a node hands its input on as it is when predicting: Flatten, Dropout."""
    return node.layer.is_view(node.options, False)


def normalises(node: Resolved) -> bool:
    """Whether it brings what it gets to one size."""
    return "ormalisation" in node.layer.category


def is_affine(node: Resolved) -> bool:
    """Whether each of its numbers is a weighted sum of its inputs when predicting."""
    if passes_on(node):
        return True
    terms = node.layer.terms(node.options, node.input_shapes, (0,) * len(node.shape))
    return len(node.inputs) == 1 and terms is not None and terms.rule == Rule.SUM


def values_of(node: Resolved) -> int:
    """Numbers that it gives of a sample."""
    return size_of(node.shape)
