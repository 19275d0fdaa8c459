"""Names of arrays in files of weights: which belong to one layer, and what a layer may be called here."""

from __future__ import annotations

import re
from collections.abc import Iterable

# What PyTorch's wrappers put before every name.
PREFIXES = ("model.", "module.", "_orig_mod.")
# Layers of a recurrent module are numbered in the names of its arrays; a cell has no number.
RECURRENT = re.compile(r"(?P<what>(?:weight|bias)_[ih]h)(?:_l(?P<number>\d+))?(?P<end>_reverse)?")
# A module of its own inside of PyTorch's attention.
PROJECTION = ".out_proj"
ATTENTION = ("in_proj_weight", "in_proj_bias")


def plain_name(name: str) -> str:
    """A name without what programs write differently: letters' case, signs between words, wrappers."""
    while prefix := next((p for p in PREFIXES if name.startswith(p)), ""):
        name = name.removeprefix(prefix)
    return re.sub(r"[\W_]+", "_", name.casefold()).strip("_") or name


def numbered(name: str) -> list[tuple[int, str]]:
    """A key that sorts names with the numbers in them as numbers."""
    return [(int(p), "") if p.isdecimal() else (-1, p) for p in re.split(r"(\d{1,9})", name)]


def grouped(names: Iterable[str]) -> dict[str, dict[str, str]]:
    """For each layer the names of its arrays by what PyTorch's module calls them, in the file's order."""
    every = list(names)
    attentions = {before for before, _, key in (n.rpartition(".") for n in every) if key in ATTENTION}
    groups: dict[str, dict[str, str]] = {}
    for name in every:
        layer, _, key = name.rpartition(".")
        outer = layer.removesuffix(PROJECTION)
        if layer != outer and outer in attentions:
            layer, key = outer, f"{PROJECTION[1:]}.{key}"
        elif match := RECURRENT.fullmatch(key):
            number = int(match["number"] or 0)
            layer = f"{layer}.l{number}" if number else layer
            key = f"{match['what']}_l0{match['end'] or ''}"
        groups.setdefault(layer, {})[key] = name
    return groups
