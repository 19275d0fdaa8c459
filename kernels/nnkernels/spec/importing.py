"""Importing while other threads import, too."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType


def imported(name: str) -> ModuleType:
    """A module, imported if it is not. Raises what its import raises.

    Python takes a package that has just been read out of `sys.modules` and puts it back (`_load_unlocked`). A
    thread that imports a module of that package at this very moment gets a KeyError; it is there again then.
    """
    try:
        return import_module(name)
    except KeyError:
        return import_module(name)
