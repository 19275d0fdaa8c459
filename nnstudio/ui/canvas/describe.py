"""A node in words, for the outline and for screen readers."""

from __future__ import annotations

from nnkernels.spec import show_shape
from nnstudio.model.graph import Node
from nnstudio.model.inference import NodeFacts
from nnstudio.model.quantity import counted


def describe(node: Node, kind: str, facts: NodeFacts) -> str:
    """A node in one sentence, as it is read aloud."""
    parts = [node.name if node.name.startswith(kind) else f"{node.name}, {kind}"]
    if facts.shape:
        parts.append(f"gives {show_shape(facts.shape)}")
    if facts.parameters:
        parts.append(counted(facts.parameters, "parameter"))
    text = ", ".join(parts)
    return f"{text}. {facts.error}" if facts.error else text
