"""A connector, as its file says it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from c360_mapping.mapping import ImportMapping

from c360_connectors.pulling.login import Login
from c360_connectors.pulling.pull import Pull
from c360_connectors.receiving.fetch import Fetch
from c360_connectors.receiving.receive import Receive
from c360_connectors.receiving.topic import Topic
from c360_connectors.requests import RequestForm
from c360_connectors.templates import SECRET


@dataclass(frozen=True, slots=True)
class Connector:
    """One source, that is asked, or sends by itself, to us or to a topic, or all of it.

    `mappings` make items of whole things: of each row that is pulled, fetched or in the topic.
    `delivered` make items of deliveries as they are, where these are no mere hints.
    """

    name: str
    source: str
    mappings: Sequence[ImportMapping]
    pull: Pull | None = None
    receive: Receive | None = None
    fetch: Fetch | None = None
    delivered: Sequence[ImportMapping] = ()
    topic: Topic | None = None

    @property
    def secrets(self) -> frozenset[str]:
        """The secrets that its requests name, without what marks them as such."""
        named = frozenset[str]().union(*(form.names for form in self._forms()))
        return frozenset(one.removeprefix(SECRET) for one in named if one.startswith(SECRET))

    def _forms(self) -> Iterable[RequestForm]:
        for asked in (self.pull, self.fetch):
            if asked is not None:
                yield asked.request
                yield from _of_login(asked.login)


def _of_login(login: Login | None) -> Iterable[RequestForm]:
    return () if login is None else (login.request,)
