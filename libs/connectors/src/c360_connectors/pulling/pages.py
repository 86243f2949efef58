"""How a source goes on to its next page: by offset, page number, a mark of its own, or an address.

Where a walk stands is a small object of JSON, kept between pages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Protocol
from urllib.parse import urljoin, urlsplit

from c360_mapping.conversions import to_text
from typing_extensions import override

from c360_connectors.answers import Find, first
from c360_connectors.refusals import ConnectorStopped
from c360_connectors.templates import Values

At = Mapping[str, str | int]
"""Where a walk is: what its places are filled with, or under `url` the whole address."""

_NEXT = re.compile(r'<([^<>]*)>[^,]*;\s*rel="?next"?', re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Page:
    """What came: the whole answer, its rows, the header `Link` and the address that was asked."""

    answer: object
    rows: Sequence[object]
    link: str = ""
    url: str = ""


class Pages(Protocol):
    """One way of going through pages."""

    places: ClassVar[frozenset[str]]
    """The values that a request can have of it."""

    def first(self) -> At:
        """Where a walk begins."""
        ...

    def values(self, at: At) -> Values:
        """What a request says to get this page."""
        ...

    def after(self, at: At, page: Page) -> At | None:
        """Where the next page is; None after the last one."""
        ...


@dataclass(frozen=True, slots=True)
class OnePage(Pages):
    """All at once."""

    places: ClassVar[frozenset[str]] = frozenset()

    @override
    def first(self) -> At:
        return {}

    @override
    def values(self, at: At) -> Values:
        return {}

    @override
    def after(self, at: At, page: Page) -> At | None:
        return None


@dataclass(frozen=True, slots=True)
class ByOffset(Pages):
    """`{offset}` rows on, `{limit}` at a time; a page with fewer is the last."""

    limit: int
    places: ClassVar[frozenset[str]] = frozenset({"offset", "limit"})

    @override
    def first(self) -> At:
        return {"offset": 0}

    @override
    def values(self, at: At) -> Values:
        return {**at, "limit": self.limit}

    @override
    def after(self, at: At, page: Page) -> At | None:
        if len(page.rows) < self.limit:
            return None
        return {"offset": int(at["offset"]) + len(page.rows)}


@dataclass(frozen=True, slots=True)
class ByNumber(Pages):
    """`{page}` by page, `{limit}` at a time; the last has fewer rows, or is the last by `count`."""

    limit: int
    begin: int = 1
    count: Find | None = None
    places: ClassVar[frozenset[str]] = frozenset({"page", "limit"})

    @override
    def first(self) -> At:
        return {"page": self.begin}

    @override
    def values(self, at: At) -> Values:
        return {**at, "limit": self.limit}

    @override
    def after(self, at: At, page: Page) -> At | None:
        number = int(at["page"])
        if self.count is None:
            is_last = len(page.rows) < self.limit
        else:
            is_last = number - self.begin + 1 >= _whole(first(self.count, page.answer))
        return None if is_last or not page.rows else {"page": number + 1}


@dataclass(frozen=True, slots=True)
class ByMark(Pages):
    """`{next}` is a mark in the answer, or of its last row; where there is none the walk ends."""

    mark: Find
    of_row: bool = False
    limit: int | None = None
    places: ClassVar[frozenset[str]] = frozenset({"next", "limit"})

    @override
    def first(self) -> At:
        return {}

    @override
    def values(self, at: At) -> Values:
        return {**at, "limit": self.limit}

    @override
    def after(self, at: At, page: Page) -> At | None:
        if self.of_row and not page.rows:
            return None
        mark = first(self.mark, page.rows[-1] if self.of_row else page.answer)
        if mark in (None, "", False):
            return None
        if isinstance(mark, dict | list):
            raise ConnectorStopped("what leads to the next page is no text", code=_INVALID)
        found: At = {"next": mark if isinstance(mark, int) else to_text(mark)}
        return found


_INVALID = "CONNECTOR_ANSWER_INVALID"


@dataclass(frozen=True, slots=True)
class ByAddress(Pages):
    """The address of the next page is in the answer, or in the header `Link` (RFC 8288)."""

    address: Find | None
    places: ClassVar[frozenset[str]] = frozenset()

    @override
    def first(self) -> At:
        return {}

    @override
    def values(self, at: At) -> Values:
        return {}

    @override
    def after(self, at: At, page: Page) -> At | None:
        found = self._found(page)
        if not found:
            return None
        url = urljoin(page.url, found)
        # Credentials go with each request: to nobody but whom they were given for.
        if _origin(url) != _origin(page.url):
            message = "the source leads to another host for its next page"
            raise ConnectorStopped(message, code="CONNECTOR_LINK_FOREIGN")
        return {"url": url}

    def _found(self, page: Page) -> str:
        if self.address is None:
            match = _NEXT.search(page.link)
            return match[1] if match else ""
        found = first(self.address, page.answer)
        return found if isinstance(found, str) else ""


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "", None, None
    return parts.scheme, parts.hostname, port


def _whole(value: object) -> int:
    try:
        return int(to_text(value))
    except ValueError as error:
        raise ConnectorStopped("the number of pages is no number", code=_INVALID) from error
