"""Pictures that are painted in a moment, for tests of how they are shown and asked for."""

from __future__ import annotations

from dataclasses import replace

from nnstudio.explain.method import methods

# Of what is painted step by step; what comes of all their steps is looked at where the methods are tested.
STEPS = {"style": 20, "activation_maximisation": 8}


def paint_in_few_steps(monkeypatch) -> None:
    """Let what is painted take few steps where nobody says how many."""
    for name, count in STEPS.items():
        kind = type(methods[name])
        options = tuple(replace(o, default=count) if o.name == "steps" else o for o in kind.options)
        assert options != kind.options
        monkeypatch.setattr(kind, "options", options)
