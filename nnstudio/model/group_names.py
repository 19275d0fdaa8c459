"""The optimizer groups of a network that is still being edited."""

from __future__ import annotations

from nnkernels.graph.subnetworks import flatten
from nnkernels.spec import MAIN_GROUP, NodeError, layers
from nnstudio.model.document import Document


def group_names(document: Document) -> tuple[str, ...]:
    """Groups in which a layer may learn, in the order of the network; none where that cannot be told yet."""
    network = document.to_network()
    try:
        nodes = flatten(network.nodes, network.subnetworks)
    except NodeError:
        return ()
    learning = (
        n for n in nodes
        if n.layer in layers and layers[n.layer].has_option("optimizer_group")
        and not n.options.get("frozen") and not n.options.get("shares")
    )  # fmt: skip
    return tuple(dict.fromkeys(str(n.options.get("optimizer_group", MAIN_GROUP)) for n in learning))


__all__ = ["group_names"]
