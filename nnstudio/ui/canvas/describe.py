"""A node in words, for the outline and for screen readers."""

from __future__ import annotations

from nnkernels.spec import ALL_GROUPS, MAIN_GROUP, show_shape
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
    group = str(node.options.get("optimizer_group", MAIN_GROUP))
    trains = str(node.options.get("trains", ALL_GROUPS))
    if group != MAIN_GROUP:
        parts.append(f"optimizer group {group}")
    if trains != ALL_GROUPS:
        parts.append(f"trains {trains}")
    text = ", ".join(parts)
    return f"{text}. {facts.error}" if facts.error else text
