"""How the store that a setting names is opened: a file, or on a server of one kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Generic, NamedTuple, TypeVar

from c360_kernel.errors import SettingsError
from c360_kernel.projection.port import AsideStore
from c360_kernel.sqlite_url import SQLITE, sqlite_path

S = TypeVar("S")


class Openers(NamedTuple, Generic[S]):
    """Opens the store that a setting names, and one in the making beside it where a server has it.

    An embedded one is a file, which whoever rebuilds it renames.
    """

    store: Callable[[], S]
    aside: Callable[[], AsideStore] | None = None

    @property
    def is_embedded(self) -> bool:
        """Whether the store is a file of this process."""
        return self.aside is None


@dataclass(frozen=True, slots=True)
class ServerKind(Generic[S]):
    """Servers that the store of a service may be on: their URLs begin with one of `schemes`.

    `form` is how to write one, `extra` what to install for it. `openers` imports the adapter, which
    may be missing, and raises `SettingsError` for a URL that cannot be used.
    """

    name: str
    schemes: tuple[str, ...]
    form: str
    extra: str
    openers: Callable[[str], Openers[S]]


def openers_of(
    url: str | None, setting: str, default: Path, embedded: Callable[[Path], S], on: ServerKind[S]
) -> Openers[S]:
    """The openers of the store at a URL, without one of that in the file `default`.

    Raises `SettingsError`: STORE_UNKNOWN for a URL that no adapter knows, EXTRA_MISSING where the
    adapter is not installed.
    """
    if url is None:
        return Openers(partial(embedded, default))
    if (path := sqlite_path(url, setting)) is not None:
        return Openers(partial(embedded, path))
    if not url.startswith(on.schemes):
        raise SettingsError(f"{setting} must be {SQLITE}PATH or {on.form}", code="STORE_UNKNOWN")
    try:
        return on.openers(url)
    except ImportError as error:
        message = f"{setting} is {on.name}: install {on.extra}"
        raise SettingsError(message, code="EXTRA_MISSING") from error
