"""Networks made cheaper before they are planned, without any change to what they compute."""

from __future__ import annotations

from dataclasses import replace

from nnkernels.program import Layout


def pooled_first(layout: Layout) -> Layout:
    """The same network with a ReLU after the max-pooling that follows it: equal, on fewer values.

    Both give the largest value if it is positive, and the same slopes. The pooling's identifier keeps
    its values; the activation's now stands for the pooling alone.
    """
    nodes = dict(layout.nodes)
    readers: dict[str, int] = {}
    for node in nodes.values():
        for source in node.inputs:
            readers[source] = readers.get(source, 0) + 1
    for pool in layout.nodes.values():
        inner = nodes[pool.inputs[0]] if pool.inputs else pool
        if pool.layer.takes_largest and inner.layer.keeps_order and readers[inner.id] == 1:
            nodes[inner.id] = replace(pool, id=inner.id, inputs=inner.inputs, input_shapes=inner.input_shapes)
            nodes[pool.id] = replace(
                inner, id=pool.id, inputs=pool.inputs, input_shapes=(pool.shape,), shape=pool.shape
            )
    return replace(layout, nodes=nodes)
