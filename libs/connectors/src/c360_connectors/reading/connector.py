"""A connector's file, read and checked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from c360_kernel.nearest import did_you_mean
from c360_mapping import nodes
from c360_mapping.formats import JsonLines
from c360_mapping.mapping import EVENTS, OBJECTS, RECORDS, ImportMapping, mapping_of
from c360_mapping.refusals import MappingInvalid
from yaml.nodes import Node, SequenceNode

from c360_connectors.form import Connector
from c360_connectors.reading.fetch import fetch_of
from c360_connectors.reading.pull import pull_of
from c360_connectors.reading.receive import receive_of
from c360_connectors.reading.scalars import required
from c360_connectors.reading.topic import topic_of
from c360_connectors.receiving.receive import Receive
from c360_connectors.refusals import ConnectorInvalid

SUFFIX = ".yaml"
_KEYS = ("connector", "source", "pull", "receive", "topic", "fetch", "mapping", "delivered")
_FORMATS = ("", "debezium", "cloudevents")
"""What the rows of a source may be wrapped in."""
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def connectors_in(folder: Path) -> Sequence[str]:
    """The names of all connectors of a folder, in order."""
    return sorted(path.stem for path in folder.glob(f"*{SUFFIX}") if path.is_file())


def read_connector(folder: Path, name: str) -> Connector:
    """One of a folder. Raises `ConnectorInvalid`: CONNECTOR_MISSING, CONNECTOR_INVALID."""
    path = folder / f"{name}{SUFFIX}"
    if not _NAME.fullmatch(name) and name in connectors_in(folder):
        message = f"{path} is called by more than small letters, digits and '-'"
        raise ConnectorInvalid(message, code="CONNECTOR_MISSING")
    if not _NAME.fullmatch(name) or not path.is_file():
        hint = did_you_mean(name, connectors_in(folder))
        message = f"{folder} has no {name}{SUFFIX}{hint}"
        raise ConnectorInvalid(message, code="CONNECTOR_MISSING")
    try:
        return parse_connector(path.read_text("utf-8"), name)
    except UnicodeDecodeError as error:
        raise ConnectorInvalid(f"{path} is not UTF-8") from error
    except ConnectorInvalid as error:
        raise ConnectorInvalid(f"{path}, {error.message}") from error


def parse_connector(text: str, name: str) -> Connector:
    """The connector of this name. Raises `ConnectorInvalid`, with the line and what is near."""
    try:
        return _connector(nodes.parse(text), text, name)
    except MappingInvalid as error:
        raise ConnectorInvalid(error.message) from error


def _connector(root: Node, text: str, name: str) -> Connector:
    what = "the connector"
    parts = nodes.entries(root, what, _KEYS)
    said = required(parts, "connector", root, what)
    if nodes.text(said, "connector") != name:
        message = f"connector must be {name!r}, as its file is called"
        raise MappingInvalid(nodes.line_of(said), message)
    _refuse_half(parts, root)
    mappings = _mappings(parts["mapping"], text) if "mapping" in parts else ()
    delivered = _mappings(parts["delivered"], text) if "delivered" in parts else ()
    return Connector(
        name,
        nodes.text(required(parts, "source", root, what), "source"),
        mappings,
        pull_of(parts["pull"]) if "pull" in parts else None,
        _receive(parts),
        fetch_of(parts["fetch"]) if "fetch" in parts else None,
        # What a source sends is a row like any other, where it is no hint.
        delivered or (() if "fetch" in parts else mappings),
        topic_of(parts["topic"]) if "topic" in parts else None,
    )


def _receive(parts: Mapping[str, Node]) -> Receive | None:
    if "receive" not in parts:
        return None
    return replace(receive_of(parts["receive"]), is_hint="fetch" in parts)


def _refuse_half(parts: Mapping[str, Node], root: Node) -> None:
    """A connector that would take nothing, or has a part that nothing leads to."""
    if not {"pull", "receive", "topic"} & parts.keys():
        raise MappingInvalid(
            nodes.line_of(root), "the connector needs 'pull', 'receive' or 'topic'"
        )
    for name in ("fetch", "delivered"):
        if name in parts and "receive" not in parts:
            line = nodes.line_of(parts[name])
            raise MappingInvalid(
                line, f"{name} is of what is received: the connector needs 'receive'"
            )


def _mappings(node: Node, text: str) -> tuple[ImportMapping, ...]:
    digest = hashlib.sha256(text.encode()).hexdigest()
    listed = nodes.items(node, "mapping") if isinstance(node, SequenceNode) else [node]
    return tuple(_steady(one, mapping_of(one, digest, JsonLines())) for one in listed)


def _steady(node: Node, mapping: ImportMapping) -> ImportMapping:
    """One that says the same of a row whenever it comes: pages do not tell the order of a file."""
    form = mapping.format
    if not isinstance(form, JsonLines) or form.envelope not in _FORMATS:
        message = "format of a connector's mapping is jsonl, debezium or cloudevents"
        raise MappingInvalid(nodes.line_of(node), message)
    if mapping.kind is EVENTS and "messageId" not in mapping.fields:
        message = "a connector's mapping of events needs 'messageId': an id of the source's own"
        raise MappingInvalid(nodes.line_of(node), message)
    if mapping.kind is RECORDS and not {"revision", "observedAt"} & mapping.fields.keys():
        message = "a connector's mapping of records needs 'revision' or 'observedAt'"
        raise MappingInvalid(nodes.line_of(node), message)
    if mapping.kind is OBJECTS and "observedAt" not in mapping.fields:
        message = "a connector's mapping of objects needs 'observedAt'"
        raise MappingInvalid(nodes.line_of(node), message)
    return mapping
