"""A model.py whose Model is as nnstudio wrote it, so that the nodes in the metadata are what it computes."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from nnstudio.export.pytorch.helpers import HELPERS
from nnstudio.export.pytorch.layout import flattened_shapes, from_torch, module_names
from nnstudio.export.pytorch.model import class_text, scaling_lines
from nnstudio.importing.as_written import NONE_SUCH, imported_network, nodes_of, owning, with_arrays
from nnstudio.importing.importer import Imported, Row
from nnstudio.importing.torch_reader import Tensors


def as_written(tree: ast.Module, tensors: Tensors, metadata: Mapping[str, str]) -> Imported | None:
    """The network under the names it had; None where the source or the tensors are others than those that
    are written for the nodes of the metadata.
    """
    try:
        network = nodes_of(metadata)
        text, helpers = class_text(network)
        wanted = "\n\n".join([text, *(HELPERS[name] for name in helpers), *scaling_lines(network)])
        if not _statements(ast.parse(wanted)) <= _statements(tree):
            return None
        names, shapes = module_names(n.id for n in network.nodes), flattened_shapes(network)
        arrays = {}
        for node in owning(network):
            start = f"{names[node.id]}."
            own = {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
            arrays[node.id] = from_torch(node.layer.id, own, node.options, shapes.get(node.id, ()))
        return imported_network(with_arrays(network, arrays), metadata)
    except NONE_SUCH:
        return None


def changed_scaling(tree: ast.Module, metadata: Mapping[str, str]) -> list[Row]:
    """A row where the source scales its inputs in another way than the metadata of its weights say."""
    try:
        wanted = _statements(ast.parse("\n".join(scaling_lines(nodes_of(metadata)))))
    except NONE_SUCH:
        return []
    if wanted <= _statements(tree):
        return []
    text = "The source scales its inputs in another way than its weights say; that of the weights was taken."
    return [Row("INPUT_SHIFT", "scaling", "input", text, is_assumed=True)]


def _statements(tree: ast.Module) -> set[str]:
    """Each class, function and setting of a name, where the file has one of that name."""
    named: dict[str, list[ast.stmt]] = {}
    for node in tree.body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            named.setdefault(node.name, []).append(node)
        elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            named.setdefault(node.targets[0].id, []).append(node)
    return {ast.dump(nodes[0]) for nodes in named.values() if len(nodes) == 1}


__all__ = ["as_written", "changed_scaling"]
