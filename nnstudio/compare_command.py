"""`nnstudio compare`: two projects side by side, layer by layer and prediction by prediction."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from nnstudio.explain.comparison import Agreement, LayerPair, agreement, layer_pairs, why_apart
from nnstudio.project import Project

# So many disagreements are printed; --json gives all that are kept.
PRINTED = 10


def write_comparison(first: Project, second: Project, as_json: Callable[[dict[str, Any]], str] | None) -> int:
    """Print how two networks differ; predictions are those on the first one's data."""
    mine, other = first.session(), second.predictor()
    pairs, apart = layer_pairs(mine, other), why_apart(mine.data, other.data)
    told = None if apart else agreement(mine, other)
    if as_json is not None:
        print(as_json(_plain(pairs, told, apart)))
    else:
        _print(pairs, told)
    if apart:
        print(f"Note: {apart}", file=sys.stderr)
    return 0


def _plain(pairs: tuple[LayerPair, ...], told: Agreement | None, apart: str) -> dict[str, Any]:
    return {
        "layers": [asdict(pair) for pair in pairs],
        "predictions": None if told is None else asdict(told),
        "why_not": apart,
    }


def _print(pairs: tuple[LayerPair, ...], told: Agreement | None) -> None:
    rows = [(pair.first or "-", pair.second or "-", pair.sentence) for pair in pairs]
    widths = [max((len(row[i]) for row in rows), default=0) for i in (0, 1)]
    for first, second, sentence in rows:
        print(f"{first:<{widths[0]}}  {second:<{widths[1]}}  {sentence}")
    if told is None:
        return
    print(told.sentence)
    for sample in told.worst[:PRINTED]:
        print(f"  sample {sample.index}: {sample.first} against {sample.second}; true: {sample.truth}")
