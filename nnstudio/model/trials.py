"""What would be wrong with a text as the value of an option, tried on a copy: so that a field can refuse it
before the network that runs is another one. Knows no Qt.
"""

from __future__ import annotations

from collections.abc import Sequence

from nnkernels.spec import SpecError, losses
from nnkernels.spec.class_weights import BALANCED, read_class_weights
from nnstudio.model.commands import ChangeNode
from nnstudio.model.document import Document
from nnstudio.model.inference import DataFacts
from nnstudio.model.locations import Path, facts_at, graph_at


def fault_of_nodes(
    document: Document, data: DataFacts, path: Path, nodes: Sequence[str], option: str, text: str
) -> str:
    """The sentence on a node that is right now and would no longer be, with this text as its option; "" where
    there is none. What is wrong already may become anything: then texts are how it is mended.
    """
    trial = document.copy()
    graph, before = graph_at(trial, path), facts_at(document, data, path)
    known = [node for node in nodes if node in graph]
    try:
        for node in known:
            ChangeNode(graph, node, option, text).redo()
    except SpecError as error:
        return str(error)
    after = facts_at(trial, data, path)
    spoilt = (n for n in known if n in before and before[n].shape is not None and not before[n].error)
    return next((after[n].error for n in spoilt if n in after and after[n].error), "")


def fault_of_setting(document: Document, data: DataFacts, name: str, text: str) -> str:
    """The sentence on a text as a setting of the training, or ""."""
    names_classes = losses[document.settings.loss].names_classes
    if name != "class_weights" or not data.classes or not names_classes or text.strip() in ("", BALANCED):
        return ""
    try:
        read_class_weights(text, data.classes)
    except SpecError as error:
        return str(error)
    return ""
