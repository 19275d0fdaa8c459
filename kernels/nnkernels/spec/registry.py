"""Ordered registries of layers, losses, optimizers and all else that can be added; must not import numba.

A file dropped into the registry's package that calls ``register`` is found, and so is a module that another
installed package names as an entry point of the registry's group.
"""

from __future__ import annotations

import difflib
import logging
import pkgutil
from collections.abc import Callable, Iterator
from functools import cache, partial
from importlib.metadata import EntryPoint, entry_points
from typing import Any, ClassVar, Generic, Protocol, TypeVar
from weakref import WeakSet

from nnkernels.spec.importing import imported

log = logging.getLogger(__name__)


class Named(Protocol):
    """Anything with an identifier that is stable across versions and files."""

    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Named)


class UnknownName(KeyError):
    """Raised for a name that no plug-in has registered; the text is a sentence."""

    def __str__(self) -> str:
        return str(self.args[0])


class Registry(Generic[T]):
    """Named plug-ins of one kind, listed by ``order`` and then by identifier.

    Attributes:
        kind: what one entry is called in messages, such as "layer".
        package: dotted name of the package whose modules register entries.
        group: entry-point group in which other packages name their modules, such as "nnstudio.layers".
        known: all registries there are.
        broken: name of a module or an entry point to a sentence, for those that failed and were skipped.
    """

    known: ClassVar[WeakSet[Registry[Any]]] = WeakSet()

    def __init__(self, kind: str, package: str, group: str = "") -> None:
        self.kind = kind
        self.package = package
        self.group = group
        self.broken: dict[str, str] = {}
        self._entries: dict[str, T] = {}
        # What is not loaded yet; None before anybody asked.
        self._left: Iterator[Callable[[], Any]] | None = None
        self._is_loading = False
        self.known.add(self)

    def register(self, cls: type[T]) -> type[T]:
        """Class decorator: add one instance. Raises ValueError for an identifier in use."""
        self.add(cls())
        return cls

    def add(self, entry: T) -> None:
        """Add an entry. Raises ValueError for an identifier in use."""
        if entry.id in self._entries:
            raise ValueError(f"Two {self.kind}s call themselves '{entry.id}'; rename one of them.")
        self._entries[entry.id] = entry

    def load(self) -> None:
        """Bring every entry in, once; report and skip what fails."""
        for _ in self.loading():
            pass

    def loading(self) -> Iterator[None]:
        """The same piece by piece, for who has other things to do between them. Whoever needs an entry
        meanwhile loads what is left.
        """
        if self._left is None:
            self._left = self._pieces()
        # What is brought in may ask for entries, and gets those that are there.
        while not self._is_loading:
            load = next(self._left, None)
            if load is None:
                return
            self._is_loading = True
            try:
                load()
            finally:
                self._is_loading = False
            yield

    def _pieces(self) -> Iterator[Callable[[], Any]]:
        yield from self.own()
        for point in sorted(_installed().select(group=self.group), key=lambda p: (_package(p), p.name)):
            what = f"plug-in '{point.name}' of the package '{_package(point)}'"
            yield partial(self.attempt, point.name, what, partial(self.load_point, point))

    def own(self) -> Iterator[Callable[[], Any]]:
        """What imports each module of the package."""
        package = imported(self.package)
        for module in sorted(pkgutil.iter_modules(package.__path__), key=lambda m: m.name):
            load = partial(imported, f"{self.package}.{module.name}")
            yield partial(self.attempt, module.name, f"file '{module.name}'", load)

    def load_point(self, point: EntryPoint) -> Any:
        """Bring in what another package names."""
        return point.load()

    def attempt(self, name: str, what: str, load: Callable[[], Any]) -> None:
        """Load one file or plug-in. What fails leaves no entries behind and ends nothing."""
        before = dict(self._entries)
        try:
            load()
        except (Exception, SystemExit) as error:
            self._entries = before
            self.broken[name] = f"The {self.kind} {what} was skipped: {error or type(error).__name__}"
            log.warning("%s", self.broken[name])

    def __getitem__(self, name: str) -> T:
        self.load()
        if name not in self._entries:
            close = difflib.get_close_matches(name, self._entries, n=1)
            hint = f" Did you mean '{close[0]}'?" if close else ""
            raise UnknownName(
                f"There is no {self.kind} called '{name}' here.{hint} "
                "It may come from a newer version or from a package that is not installed."
            )
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


def skipped() -> list[str]:
    """A sentence for every file and plug-in of the registries used so far that could not be loaded."""
    return sorted(sentence for registry in Registry.known for sentence in registry.broken.values())


@cache
def _installed() -> Any:
    """All entry points of this environment; looking through its packages takes milliseconds."""
    return entry_points()


def _package(point: EntryPoint) -> str:
    return point.dist.name if point.dist is not None else "?"
