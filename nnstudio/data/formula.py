"""A formula in x that a person types: parsed, checked against what is allowed, then computed by NumPy.

Nothing of it is run as Python: each part is looked up here, and whatever is not listed is refused.
"""

from __future__ import annotations

import ast
import math
import operator
import warnings
from collections.abc import Callable

import numpy as np

from nnstudio.data.dataset import DataError

# Longer ones are refused before they are parsed, which bounds time and depth.
MOST_CHARACTERS = 200
BINARY: dict[type[ast.operator], Callable[[np.ndarray, np.ndarray], np.ndarray]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
    ast.Pow: operator.pow,
}  # fmt: skip
UNARY: dict[type[ast.unaryop], Callable[[np.ndarray], np.ndarray]] = {
    ast.USub: operator.neg, ast.UAdd: operator.pos,
}  # fmt: skip
FUNCTIONS: dict[str, Callable[[np.ndarray], np.ndarray]] = {
    "sin": np.sin, "cos": np.cos, "tan": np.tan, "exp": np.exp, "log": np.log, "sqrt": np.sqrt,
    "abs": np.abs,
}  # fmt: skip
CONSTANTS = {"pi": math.pi, "e": math.e}
ALLOWED = f"Numbers, x, + - * / **, parentheses, {', '.join((*FUNCTIONS, *CONSTANTS))} can be used."


def evaluate(text: str, x: np.ndarray) -> np.ndarray:
    """The formula's value (n,) at each x (n,), float64; NaN or infinite where it has none there.

    Raises DataError with a sentence that names what cannot be used.
    """
    body = _parse(text)
    with np.errstate(all="ignore"):
        return np.broadcast_to(_value(body, np.asarray(x, np.float64)), x.shape)


def check_formula(text: str) -> None:
    """Raise DataError where a text is no formula in x."""
    evaluate(text, np.zeros(1))


def _parse(text: str) -> ast.expr:
    text = text.strip()
    if not text:
        raise DataError("No function is typed yet. Type one in x, such as sin(3*x) / 2.")
    if len(text) > MOST_CHARACTERS:
        raise DataError(
            f"The function has {len(text):,} characters; at most {MOST_CHARACTERS} are read. Shorten it."
        )
    try:
        with warnings.catch_warnings():
            # Python's advice on its own code, such as on '1or x', is for programmers.
            warnings.simplefilter("ignore")
            return ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError) as error:
        at = error.offset if isinstance(error, SyntaxError) and error.offset else 0
        shown = "".join(c if c.isprintable() else "?" for c in text)
        where = f" at character {at}" if 0 < at <= len(text) else ""
        raise DataError(
            f"The function '{shown}' cannot be read{where}. Type only what stands right of 'y =', with * "
            f"between factors, such as sin(3*x) / 2. {ALLOWED}"
        ) from error


def _value(node: ast.expr, x: np.ndarray) -> np.ndarray:
    if isinstance(node, ast.BinOp) and type(node.op) in BINARY:
        return BINARY[type(node.op)](_value(node.left, x), _value(node.right, x))
    if isinstance(node, ast.UnaryOp) and type(node.op) in UNARY:
        return UNARY[type(node.op)](_value(node.operand, x))
    if (
        isinstance(node, ast.Constant)
        and isinstance(node.value, int | float)
        and type(node.value) is not bool
    ):
        # As floats at once: a tower of powers of whole numbers would never end.
        return np.asarray(node.value, np.float64)
    if isinstance(node, ast.Name):
        return _named(node.id, x)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in FUNCTIONS:
        if len(node.args) != 1 or node.keywords or isinstance(node.args[0], ast.Starred):
            raise DataError(
                f"'{ast.unparse(node)}' in the function does not give {node.func.id} one value. Write "
                f"{node.func.id}(x), with a point, not a comma, as decimal mark."
            )
        return FUNCTIONS[node.func.id](_value(node.args[0], x))
    raise DataError(f"'{ast.unparse(node)}' in the function cannot be used.{_advice(node)} {ALLOWED}")


def _named(name: str, x: np.ndarray) -> np.ndarray:
    if name == "x":
        return x
    if name in CONSTANTS:
        return np.asarray(CONSTANTS[name])
    if name in FUNCTIONS:
        raise DataError(f"'{name}' in the function lacks its value. Write {name}(x), for example.")
    raise DataError(f"'{name}' in the function is not known. {ALLOWED}")


def _advice(node: ast.expr) -> str:
    """What was probably meant."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.BitXor):
        return " A power is written **, as in x**2."
    if isinstance(node, ast.Tuple):
        return " The decimal mark is a point, as in 1.5."
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Constant):
        return " A product is written with *, as in 2*(x + 1)." if _is_factor(node.func) else ""
    return ""


def _is_factor(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) or (isinstance(node, ast.Name) and node.id in ("x", *CONSTANTS))
