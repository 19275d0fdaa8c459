"""The loss of an Output as PyTorch computes it, as an expression of train.py."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from string import Template
from typing import Any

from nnkernels.program import Target
from nnkernels.spec import Shape
from nnstudio.export.format import ExportError
from nnstudio.export.pytorch import training_text as texts
from nnstudio.export.pytorch.graph import TITLE
from nnstudio.export.train_code import number


@dataclass(frozen=True)
class Term:
    """An expression, and the functions of train.py that it calls."""

    text: str
    functions: tuple[str, ...] = ()


def term(
    target: Target, options: Mapping[str, Any], shape: Shape, output: str, turn: str, weighted: bool
) -> Term:
    """The loss of one Output, of which ``shape`` is what the loss sees; ``output`` is its variable, and
    ``turn`` puts its channels last.

    Raises ExportError for a loss that PyTorch has not.
    """
    y = "y" if target.columns is None else f"y[:, {list(target.columns)}]"
    if target.loss in ("softmax_cross_entropy", "binary_cross_entropy", "hinge"):
        return _of_classes(target, options, shape, output, turn, weighted, y)
    is_sum = options.get("reduction") == "sum"
    end = ", reduction='sum') / len(y)" if is_sum else ")"
    match target.loss:
        case "mse":
            return Term(f"F.mse_loss({output}, {y}{end}")
        case "mae":
            return Term(f"F.l1_loss({output}, {y}{end}")
        case "huber":
            return Term(f"F.huber_loss({output}, {y}, delta={number(options['delta'])}{end}")
        case "kl_divergence":
            return Term(f"F.kl_div(F.log_softmax({output}, dim=-1), {y}, reduction='batchmean')")
        case "multi_label_cross_entropy":
            return Term(f"F.multilabel_soft_margin_loss({output}, {y})")
    raise ExportError(
        f"{TITLE} has no counterpart of the loss '{target.loss}' of '{target.node}'. Choose another loss and "
        "train again, or export safetensors: weights alone need none."
    )


def _of_classes(
    target: Target,
    options: Mapping[str, Any],
    shape: Shape,
    output: str,
    turn: str,
    weighted: bool,
    y: str,
) -> Term:
    functions: list[str] = []
    rows, labels = output, f"y[:, {target.columns[0] if target.columns else 0}]"
    given = f"{rows}, {labels}.long()"
    left_out = options.get("ignored_class", -1)
    if len(shape) > 1 or left_out >= 0:
        # Rows and labels are picked once, by a function, for both stand in the expression.
        functions.append(
            Template(texts.LABELLED).substitute(
                turned=turn,
                classes=shape[-1],
                left_out=f" & (labels != {left_out})" if left_out >= 0 else "",
            )
        )
        given = f"*labelled({output}, {y})"
        rows, labels = f"labelled({output}, {y})[0]", f"labelled({output}, {y})[1]"
    is_sum = options.get("reduction") == "sum"
    if target.loss == "softmax_cross_entropy":
        extra = ", weight=CLASS_WEIGHTS.to(y.device)" if weighted else ""
        if options["label_smoothing"]:
            extra += f", label_smoothing={number(options['label_smoothing'])}"
        end = ", reduction='sum') / len(y)" if is_sum else ")"
        return Term(f"F.cross_entropy({given}{extra}{end}", tuple(functions))
    if target.loss == "hinge":
        name, taken = "multi_margin_loss", f"{given}, margin={number(options['margin'])}"
    else:
        name, taken = "binary_cross_entropy_with_logits", f"{rows}[:, 0], {labels}.to({output}.dtype)"
    if not weighted:
        return Term(f"F.{name}({taken}{', reduction=' + repr('sum') + ') / len(y)' if is_sum else ')'}",
                    tuple(functions))  # fmt: skip
    functions.append(texts.SUMMED if is_sum else texts.WEIGHTED)
    each = f"F.{name}({taken}, reduction='none'), {labels}"
    return Term(f"summed({each}) / len(y)" if is_sum else f"weighted({each})", tuple(functions))
