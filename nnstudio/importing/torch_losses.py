"""The loss that PyTorch source names, in its model or its training loop, as the loss of a project."""

from __future__ import annotations

import ast
import json
from collections.abc import Mapping, Sequence
from typing import Any

from nnkernels.spec import Shape, losses, size_of
from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.importer import ImportedNode, Row
from nnstudio.importing.torch_calls import Caller
from nnstudio.importing.torch_values import Module

# Our loss for each module; those of functions are called alike.
LOSSES = {
    "CrossEntropyLoss": "softmax_cross_entropy", "NLLLoss": "softmax_cross_entropy",
    "BCELoss": "binary_cross_entropy", "BCEWithLogitsLoss": "binary_cross_entropy",
    "MultiLabelSoftMarginLoss": "multi_label_cross_entropy", "MSELoss": "mse", "L1Loss": "mae",
    "HuberLoss": "huber", "SmoothL1Loss": "huber",
}  # fmt: skip
FUNCTIONS = {
    "cross_entropy": "CrossEntropyLoss", "nll_loss": "NLLLoss", "binary_cross_entropy": "BCELoss",
    "binary_cross_entropy_with_logits": "BCEWithLogitsLoss",
    "multilabel_soft_margin_loss": "MultiLabelSoftMarginLoss", "mse_loss": "MSELoss", "l1_loss": "L1Loss",
    "huber_loss": "HuberLoss", "smooth_l1_loss": "SmoothL1Loss",
}  # fmt: skip
# What they take, with its defaults, after what is compared.
WEIGHTED = {"weight": None, "size_average": None}
REDUCED = {"reduce": None, "reduction": "mean"}
ARGUMENTS: Mapping[str, Mapping[str, Any]] = {
    "CrossEntropyLoss": {**WEIGHTED, "ignore_index": -100, **REDUCED, "label_smoothing": 0.0},
    "NLLLoss": {**WEIGHTED, "ignore_index": -100, **REDUCED},
    "BCELoss": {**WEIGHTED, **REDUCED},
    "BCEWithLogitsLoss": {**WEIGHTED, **REDUCED, "pos_weight": None},
    "MultiLabelSoftMarginLoss": {**WEIGHTED, **REDUCED},
    "HuberLoss": {"reduction": "mean", "delta": 1.0},
    "SmoothL1Loss": {"size_average": None, **REDUCED, "beta": 1.0},
}
# What take scores, and make probabilities of them on their own.
TWICE = ("CrossEntropyLoss", "BCEWithLogitsLoss", "MultiLabelSoftMarginLoss")
# What must come before, for these take no scores.
BEHIND = {"NLLLoss": "log_softmax", "BCELoss": "sigmoid"}


def loss_of(
    caller: Caller, tree: ast.Module, nodes: Sequence[ImportedNode]
) -> tuple[Mapping[str, str], list[Row]]:
    """The loss as metadata, empty where there is none that is read, and what is said of it."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    named = [(call, kind) for call in calls if (kind := _kind(caller, call))]
    if not named:
        return {}, []
    call, kind = named[0]
    line = f"Line {call.lineno}: "
    if len({kind for _, kind in named}) > 1:
        text = f"the source names several losses ({', '.join(sorted({k for _, k in named}))}); choose yours."
        return {}, [Row(kind, "loss", "", line + text, is_assumed=True)]
    try:
        options = _options(caller, call, kind, nodes)
    except (NotExpressible, TypeError, ValueError) as error:
        text = f"{kind} was not taken as the loss: {error} Choose yours."
        return {}, [Row(kind, "loss", "", line + text, is_assumed=True)]
    last, shape = _last(nodes)
    loss = LOSSES[kind]
    if loss == "binary_cross_entropy" and shape is not None and size_of(shape) > 1:
        loss = "multi_label_cross_entropy"
    told = {"loss": json.dumps(loss), "loss_options": json.dumps(options)}
    rows = [Row(kind, "loss", "", line + "it is the loss of the project.")]
    if kind in TWICE and last == losses[loss].folds:
        text = (
            f"it takes scores, and the network ends with {last}: training here counts that once, not twice."
        )
        rows.append(Row(kind, "loss", "", line + text, is_assumed=True))
    return told, rows


def _kind(caller: Caller, call: ast.Call) -> str:
    """The module of a loss that a call makes or does the work of, or ""."""
    name = caller.dotted(call.func)
    start, _, last = name.rpartition(".")
    if start == "torch.nn" and last in LOSSES:
        return last
    return FUNCTIONS.get(last, "") if start == "torch.nn.functional" else ""


def _options(caller: Caller, call: ast.Call, kind: str, nodes: Sequence[ImportedNode]) -> dict[str, Any]:
    """Those of our loss. Raises NotExpressible."""
    is_function = not caller.dotted(call.func).endswith(kind)
    values = [caller.value(a, {}) for a in call.args[2 if is_function else 0 :]]
    named = {
        k.arg: caller.value(k.value, {}) for k in call.keywords if k.arg not in (None, "input", "target")
    }
    arguments = ARGUMENTS.get(kind, {"size_average": None, **REDUCED})
    o = Module(kind, values, {str(k): v for k, v in named.items()}, "", 0).options(**arguments)
    if any(o.get(name) is not None for name in ("weight", "pos_weight", "size_average", "reduce")):
        raise NotExpressible("its weights, or its old arguments, are not read.")
    if o["reduction"] not in ("mean", "sum"):
        raise NotExpressible("it is not reduced, and a network learns by one number.")
    last, _ = _last(nodes)
    if kind in BEHIND and last != BEHIND[kind]:
        raise NotExpressible(
            f"it is read behind {BEHIND[kind]}, and the network ends with {last or 'nothing'}."
        )
    options = {"reduction": o["reduction"]} if o["reduction"] == "sum" else {}
    if o.get("label_smoothing"):
        options["label_smoothing"] = float(o["label_smoothing"])
    if o.get("ignore_index", -1) >= 0:
        options["ignored_class"] = o["ignore_index"]
    if LOSSES[kind] == "huber":
        options["delta"] = float(o.get("delta", o.get("beta", 1.0)))
        if kind == "SmoothL1Loss" and options["delta"] != 1:
            raise NotExpressible("with another beta than 1 it is no Huber loss.")
    return options


def _last(nodes: Sequence[ImportedNode]) -> tuple[str, Shape | None]:
    """The kind and the shape of the layer before the first Output."""
    by_name = {node.name: node for node in nodes}
    output = next((node for node in nodes if node.kind == "output"), None)
    source = by_name.get(output.inputs[0]) if output is not None else None
    return ("", None) if source is None else (source.kind, source.shape)


__all__ = ["loss_of"]
