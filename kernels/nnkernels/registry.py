"""Ordered registries of layers, losses and optimizers; must not import numba.

A file dropped into ``layers/``, ``losses/`` or ``optimizers/`` that calls ``register`` is found.
"""

from __future__ import annotations

import difflib
import importlib
import logging
import pkgutil
from collections.abc import Iterator
from typing import Generic, Protocol, TypeVar

log = logging.getLogger(__name__)


class Named(Protocol):
    """Anything with an identifier that is stable across versions and files."""

    id: str


T = TypeVar("T", bound=Named)


class UnknownName(KeyError):
    """Raised for a name that no plug-in has registered; the text is a sentence."""

    def __str__(self) -> str:
        return str(self.args[0])


class Registry(Generic[T]):
    """Named plug-ins of one kind, listed by ``order`` and then by title.

    Attributes:
        kind: what one entry is called in messages, such as "layer".
        package: dotted name of the package whose modules register entries.
        broken: module name to error text, for plug-ins that failed to import.
    """

    def __init__(self, kind: str, package: str) -> None:
        self.kind = kind
        self.package = package
        self.broken: dict[str, str] = {}
        self._entries: dict[str, T] = {}
        self._loaded = False

    def register(self, cls: type[T]) -> type[T]:
        """Class decorator: add one instance. Raises ValueError for an identifier in use."""
        entry = cls()
        if entry.id in self._entries:
            raise ValueError(f"Two {self.kind}s call themselves '{entry.id}'; rename one of them.")
        self._entries[entry.id] = entry
        return cls

    def load(self) -> None:
        """Import every module of the package once; report and skip the ones that fail."""
        if self._loaded:
            return
        self._loaded = True
        package = importlib.import_module(self.package)
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
            try:
                importlib.import_module(f"{self.package}.{module.name}")
            except Exception as error:  # a broken plug-in must not take the program down
                self.broken[module.name] = str(error)
                log.warning("The %s file '%s' was skipped: %s", self.kind, module.name, error)

    def __getitem__(self, name: str) -> T:
        self.load()
        if name not in self._entries:
            close = difflib.get_close_matches(name, self._entries, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise UnknownName(f"There is no {self.kind} called '{name}'.{hint}")
        return self._entries[name]

    def __contains__(self, name: object) -> bool:
        self.load()
        return name in self._entries

    def __iter__(self) -> Iterator[T]:
        self.load()
        return iter(sorted(self._entries.values(), key=lambda e: (getattr(e, "order", 0), e.id)))

    def __len__(self) -> int:
        self.load()
        return len(self._entries)
