"""Masks of attention in PyTorch source: which of them hide what comes after a step, or what is padding."""

from __future__ import annotations

import ast
import math
from collections.abc import Mapping, Sequence
from typing import Any

from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.torch_values import Hidden, Unknown, Value

CAUSAL = "a causal mask"
ONES, TRUE, LOWEST = "torch.ones()", "torch.ones(dtype=torch.bool)", "torch.full(-inf)"
UPPER, LOWER, LOWER_TRUE = "torch.triu(1)", "torch.tril(1)", "torch.tril(True)"
TRIANGLES = {
    ("triu", ONES): UPPER, ("triu", TRUE): CAUSAL, ("triu", LOWEST): CAUSAL,
    ("tril", ONES): LOWER, ("tril", TRUE): LOWER_TRUE,
}  # fmt: skip
AS_BOOLEAN = {ONES: TRUE, UPPER: CAUSAL, LOWER: LOWER_TRUE}
KNOWN = {CAUSAL, ONES, TRUE, LOWEST, UPPER, LOWER, LOWER_TRUE}
READ_MASKS = (
    "Masks are read that are causal (nn.Transformer.generate_square_subsequent_mask(n), or torch.triu(torch."
    "ones(n, n), diagonal=1).bool()), and masks of padding that say which tokens are 0 (x == 0)."
)


def created(name: str, values: Sequence[Any], named: Mapping[str, Any]) -> str | None:
    """What a function of torch gives that takes no tensors, where it may become a mask."""
    if name == "generate_square_subsequent_mask":
        return CAUSAL
    is_boolean = getattr(named.get("dtype"), "text", "") == "torch.bool"
    if name == "ones":
        return TRUE if is_boolean else ONES
    if name == "full" and len(values) > 1 and values[1] in (True, -math.inf):
        return LOWEST if values[1] == -math.inf else TRUE if is_boolean else ONES
    if name in ("triu", "tril") and values:
        diagonal = named.get("diagonal", values[1] if len(values) > 1 else 0)
        text = values[0].text if isinstance(values[0], Unknown) else ""
        return TRIANGLES.get((name, text)) if diagonal == (1 if name == "triu" else 0) else None
    return None


def changed(mask: Unknown, method: str, values: Sequence[Any]) -> str | None:
    """What a method of a mask gives, where that is one."""
    if mask.text not in KNOWN:
        return None
    if method == "bool" or (method in ("to", "type") and _is_boolean(values)):
        return AS_BOOLEAN.get(mask.text, mask.text)
    if method in ("to", "cuda", "cpu", "contiguous", "detach", "clone"):
        return mask.text
    return created(method, [mask, *values], {}) if method in ("triu", "tril") else None


def _is_boolean(values: Sequence[Any]) -> bool:
    return any(isinstance(v, Unknown) and v.text == "torch.bool" for v in values)


def compared(mask: Unknown, op: ast.cmpop, number: Any) -> str | None:
    """What a comparison of a mask with a number gives, where that is a mask."""
    is_upper = mask.text == UPPER and (
        (isinstance(op, ast.Eq) and number == 1) or (isinstance(op, ast.Gt) and number == 0)
    )
    is_lower = mask.text == LOWER and isinstance(op, ast.Eq) and number == 0
    return CAUSAL if is_upper or is_lower else None


def is_causal(mask: Any, hint: Any) -> bool:
    """Whether a mask hides what comes after; ``hint`` is the argument of that name, which needs a mask, too.
    Raises NotExpressible for another mask.
    """
    if mask is None:
        if hint is True:
            raise NotExpressible("is_causal=True needs the mask itself, too, as PyTorch does.")
        return False
    if not isinstance(mask, Unknown) or mask.text != CAUSAL:
        raise NotExpressible(f"It has a mask that is not known. {READ_MASKS}")
    return True


def seen(mask: Any) -> Value | None:
    """The values that are not 0 where a step is seen. Raises NotExpressible for a mask that is not known."""
    if mask is None:
        return None
    if not isinstance(mask, Hidden):
        raise NotExpressible(f"It has a mask of padding that is not known. {READ_MASKS}")
    return mask.value


__all__ = ["CAUSAL", "KNOWN", "LOWER_TRUE", "changed", "compared", "created", "is_causal", "seen"]
