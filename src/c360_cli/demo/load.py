"""Loading a generated world into a running instance, as connectors would."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import closing
from itertools import islice

from c360_mapping.mapping import CONSENTS, EVENTS, RECORDS, Kind
from rich.console import Console

from c360_cli.generate.world import Line, World
from c360_cli.imports.client import GraphQLClient
from c360_cli.imports.sending import Sender
from c360_cli.imports.showing import report_waits

_BATCH = 500


def load_world(world: World, url: str, mint: Callable[[], str]) -> int:
    """Send every record, event and consent; return how many items the instance refused."""
    waits = report_waits(Console(stderr=True), "world")
    with closing(GraphQLClient(url, mint, waits=waits)) as client:
        return (
            _send(client, RECORDS, (record.line() for record in world.all_records()))
            + _send(client, EVENTS, (event.line() for event in world.events))
            + _send(client, CONSENTS, (consent.line() for consent in world.consents))
        )


def load_events(lines: Iterable[Line], url: str, mint: Callable[[], str]) -> int:
    """Send these events; return how many the instance refused."""
    with closing(GraphQLClient(url, mint)) as client:
        return _send(client, EVENTS, lines)


def _send(client: GraphQLClient, kind: Kind, lines: Iterable[Line]) -> int:
    sender = Sender(client, kind, "NONE")
    left = iter(lines)
    refused = 0
    while batch := list(islice(left, _BATCH)):
        refused += sum(not outcome.taken for outcome in sender.send(batch))
    return refused
