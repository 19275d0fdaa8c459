"""Networks made cheaper before they are planned, without any change to what they compute."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from nnkernels.program import Layout
from nnkernels.spec import Role


def pooled_first(layout: Layout) -> Layout:
    """The same network with a ReLU after the max-pooling that follows it: equal, on fewer values.

    Both give the largest value if it is positive, and the same gradients. The pooling's identifier keeps
    its values; the activation's now stands for the pooling alone.
    """
    nodes = dict(layout.nodes)
    readers = _readers(layout)
    for pool in layout.nodes.values():
        inner = nodes[pool.inputs[0]] if pool.inputs else pool
        if pool.layer.takes_largest and inner.layer.keeps_order and readers[inner.id] == 1:
            nodes[inner.id] = replace(pool, id=inner.id, inputs=inner.inputs, input_shapes=inner.input_shapes)
            nodes[pool.id] = replace(
                inner, id=pool.id, inputs=pool.inputs, input_shapes=(pool.shape,), shape=pool.shape
            )
    return replace(layout, nodes=nodes)


def looked_up(layout: Layout, batch: int) -> dict[str, str]:
    """Layers that look up products of a table's rows instead of reading its output: layer to table.

    Worth it where a batch uses each row twice or more. Both must be trained and have parameters of
    their own, and nobody else may read the table.
    """
    readers, users, tables = _readers(layout), Counter(layout.owners.values()), {}
    for node in layout.nodes.values():
        if not node.layer.reads_rows:
            continue
        table = layout.nodes[node.inputs[0]]
        if (
            table.layer.gives_rows
            and layout.nodes[table.inputs[0]].layer.role == Role.INPUT
            and readers[table.id] == 1
            and all(users[n.id] == 1 and not n.options.get("frozen") for n in (node, table))
            and 2 * table.options["size"] <= batch * table.shape[0]
        ):
            tables[node.id] = table.id
    return tables


def _readers(layout: Layout) -> Counter[str]:
    return Counter(source for node in layout.nodes.values() for source in node.inputs)
