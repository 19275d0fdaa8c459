"""How parameters start: the options a layer offers for it, and the drawing of the values."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import Option, Options, Parameter, Shape, SpecError, show_shape, size_of

CHOICES = ("he", "glorot", "lecun", "uniform", "normal", "orthogonal", "zeros", "by_hand")
# Spread of "uniform" (largest size) and "normal" (deviation), as Keras takes them.
SPREAD = 0.05
# Values that are drawn at once; a generator gives the same ones however they are cut.
BLOCK = 2**16

# Of a starting weight or bias; what goes beyond is a slip of typing.
LARGEST = 1e9


def check_init_values(text: str) -> None:
    """Raise SpecError where a text is no list of starting weights, of however many."""
    list_numbers(text, "Init values")


def check_bias_values(text: str) -> None:
    """Raise SpecError where a text is no list of starting biases, of however many."""
    list_numbers(text, "Bias values")


BIAS_VALUES = Option(
    "bias_values",
    "0",
    "Starting biases: one number for all, or one for each, separated by commas.",
    reads=check_bias_values,
)


def options(default: str) -> tuple[Option, ...]:
    """Options of a layer with trained weights."""
    return (
        Option("init", default, "How weights start: He suits ReLU, Glorot suits tanh.", choices=CHOICES),
        Option(
            "init_values",
            "0",
            "Starting weights: one number for all, or one for each, separated by commas.",
            when=("init", "by_hand"),
            reads=check_init_values,
        ),
    )


def weight(
    name: str, shape: Shape, chosen: Options, fan_in: int, fan_out: int, axes: tuple[str, ...]
) -> Parameter:
    """A weight that starts as its layer's options say. Raises SpecError."""
    values: tuple[float, ...] = (0.0,)
    if chosen["init"] == "by_hand":
        values = read_values(chosen["init_values"], shape, "Init values")
    return Parameter(name, shape, chosen["init"], fan_in, fan_out, values=values, axes=axes)


def bias(name: str, shape: Shape, chosen: Options, axis: str = "Unit") -> Parameter:
    """A bias that starts as its layer's options say. Raises SpecError."""
    values = read_values(chosen["bias_values"], shape, "Bias values")
    return Parameter(name, shape, "by_hand", values=values, axes=(axis,))


def list_numbers(text: str, title: str, largest: float = LARGEST) -> tuple[float, ...]:
    """The numbers that a text names, one or more. Raises SpecError with a sentence."""
    try:
        values = tuple(float(part) for part in text.replace(";", ",").split(",") if part.strip())
    except ValueError:
        values = ()
    if not values:
        raise SpecError(f"{title} are numbers separated by commas, such as 4, 2.5, -1; received '{text}'.")
    # Written so that NaN is refused.
    wrong = next((value for value in values if not abs(value) <= largest), None)
    if wrong is not None:
        raise SpecError(f"{title} must be at most {largest:,.0f} in size; received {wrong:g}.")
    return values


def read_values(text: str, shape: Shape, title: str, largest: float = LARGEST) -> tuple[float, ...]:
    """One number, or as many as the shape has elements. Raises SpecError with a sentence."""
    values = list_numbers(text, title, largest)
    if len(values) not in (1, size_of(shape)):
        raise SpecError(
            f"{title} must be one number, or {size_of(shape):,} of them for {show_shape(shape)}; "
            f"received {len(values)}."
        )
    return values


def draw(parameter: Parameter, rng: np.random.Generator, values: np.ndarray) -> None:
    """Write starting values into a flat array of the parameter's size, drawn as float64, block by block.

    he: normal with variance 2 / fan_in (He et al. 2015); glorot: uniform with variance
    2 / (fan_in + fan_out) (Glorot and Bengio 2010); lecun: normal with variance 1 / fan_in (LeCun et
    al. 1998); orthogonal: as a matrix of all other axes times the last one, it keeps lengths (Saxe et
    al. 2014); uniform and normal have a fixed spread; by_hand takes the parameter's values.
    """
    match parameter.initialiser:
        case "he":
            _draw_normal(values, rng, float(np.sqrt(2.0 / parameter.fan_in)))
        case "glorot":
            _draw_uniform(values, rng, float(np.sqrt(6.0 / (parameter.fan_in + parameter.fan_out))))
        case "lecun":
            _draw_normal(values, rng, float(np.sqrt(1.0 / parameter.fan_in)))
        case "uniform":
            _draw_uniform(values, rng, SPREAD)
        case "normal":
            _draw_normal(values, rng, SPREAD)
        case "orthogonal":
            values[:] = _orthogonal(parameter.shape, rng).ravel()
        case "by_hand":
            values[:] = parameter.values
        case "ones":
            values[:] = 1
        case "zeros":
            values[:] = 0
        case _:
            raise SpecError(f"There is no initialiser called '{parameter.initialiser}'.")


def scratch_bytes(parameter: Parameter) -> int:
    """Bytes that drawing needs beside the values: a matrix and its decomposition, or a block."""
    if parameter.initialiser == "orthogonal":
        # The normal matrix, LAPACK's copy of it, q, r and the product with the signs.
        return 5 * 8 * size_of(parameter.shape)
    return 8 * min(size_of(parameter.shape), BLOCK)


def _draw_normal(values: np.ndarray, rng: np.random.Generator, deviation: float) -> None:
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        block[:] = rng.normal(0.0, deviation, len(block))


def _draw_uniform(values: np.ndarray, rng: np.random.Generator, limit: float) -> None:
    for start in range(0, len(values), BLOCK):
        block = values[start : start + BLOCK]
        block[:] = rng.uniform(-limit, limit, len(block))


def _orthogonal(shape: Shape, rng: np.random.Generator) -> np.ndarray:
    rows, columns = size_of(shape[:-1]), shape[-1]
    q, r = np.linalg.qr(rng.normal(size=(max(rows, columns), min(rows, columns))))
    # The signs of R make the draw uniform over all such matrices.
    q *= np.sign(np.diag(r))
    return (q if rows >= columns else q.T).reshape(shape)
