"""Modules that are imported when they are first used, wherever they are named: a start does without them."""

from __future__ import annotations

import sys
from importlib.util import find_spec, module_from_spec
from types import ModuleType
from typing import Any


class _Deferred(ModuleType):
    """Python's own LazyLoader imports already when a second file names the module."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            # Asked by whoever looks at all modules: Qt's own importer, for one.
            raise AttributeError(name)
        spec = self.__spec__
        assert spec is not None and spec.loader is not None
        self.__class__ = ModuleType  # type: ignore[assignment]  # of a module that may be changed
        try:
            try:
                spec.loader.exec_module(self)
            except KeyError:
                # One that it imports was just being read by another thread; see `imported`.
                spec.loader.exec_module(self)
        except BaseException:
            self.__class__ = _Deferred
            raise
        return getattr(self, name)


def defer(name: str) -> None:
    """Import a module when one of its attributes is first asked for; nothing where it is imported already.

    Whoever takes one of its classes as a base asks at once.
    """
    spec = None if name in sys.modules else find_spec(name)
    if spec is not None:
        module = module_from_spec(spec)
        module.__class__ = _Deferred
        sys.modules[name] = module
