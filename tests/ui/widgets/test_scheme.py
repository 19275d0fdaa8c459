"""The colours are those that a person chose, or the system's."""

from __future__ import annotations

from nnstudio.ui.widgets.theme import Scheme, Theme


def test_a_chosen_scheme_is_put_in_force_once_and_the_system_s_again(qapp, monkeypatch):
    theme, applied = Theme(), []

    def apply(_application, dark):
        applied.append(dark)
        theme.colours = type(theme.colours)(dark, *list(vars(theme.colours).values())[1:])

    monkeypatch.setattr(theme, "apply", apply)
    for scheme in (Scheme.LIGHT, Scheme.DARK, Scheme.DARK, Scheme.SYSTEM):
        theme.choose(scheme)
    # Without a screen the system says nothing, which is light; what is in force is not painted anew.
    assert applied == [True, False] and theme.scheme == Scheme.SYSTEM
