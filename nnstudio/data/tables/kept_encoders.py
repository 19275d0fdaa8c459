"""Encoders as plain data that a project keeps, and back, so that new rows enter as in training."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from datetime import datetime
from typing import Any

import msgspec

from nnstudio.data.tables.dates import PARTS
from nnstudio.data.tables.encoders import (
    CategoryEncoder,
    DateEncoder,
    Encoder,
    NumberEncoder,
    OrderedEncoder,
    TokenEncoder,
)

ENCODERS = {
    "number": NumberEncoder, "category": CategoryEncoder, "tokens": TokenEncoder, "ordered": OrderedEncoder,
    "date": DateEncoder,
}  # fmt: skip


def plain_encoder(encoder: Encoder) -> dict[str, Any]:
    """All of an encoder; `Encoder.plain` is what other programs need of it."""
    name = next(name for name, kind in ENCODERS.items() if type(encoder) is kind)
    assert is_dataclass(encoder)
    return {"encoder": name, **asdict(encoder)}


def encoder_of(plain: Mapping[str, Any]) -> Encoder:
    """The encoder that `plain_encoder` told of. Raises KeyError, TypeError or ValueError."""
    encoder: Encoder = msgspec.convert(dict(plain), ENCODERS[plain["encoder"]])
    _check(encoder)
    return encoder


def _check(encoder: Encoder) -> None:
    if isinstance(encoder, OrderedEncoder) and encoder.fill is not None:
        numbers: tuple[float, ...] = (encoder.fill,)
        if not 0 <= encoder.fill < len(encoder.values):
            raise ValueError(f"'{encoder.column}' is filled with none of its values")
    elif isinstance(encoder, NumberEncoder):
        numbers = (*(() if encoder.fill is None else (encoder.fill,)), *(encoder.clip or ()))
    elif isinstance(encoder, DateEncoder):
        numbers = encoder.fill or ()
        if encoder.fill is not None and len(encoder.fill) != len(encoder.parts):
            raise ValueError(f"'{encoder.column}' has other parts than values that fill them")
        if not set(encoder.parts) <= set(PARTS):
            raise ValueError(f"'{encoder.column}' has parts that no date has")
        for end in filter(None, (encoder.first, encoder.last)):
            datetime.fromisoformat(end)
    else:
        numbers = ()
    if not all(map(math.isfinite, numbers)):
        raise ValueError(f"'{encoder.column}' holds a number that is not finite")
