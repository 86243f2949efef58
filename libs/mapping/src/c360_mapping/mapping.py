"""A mapping file, read and checked: how the rows of a file become items of a mutation."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from yaml.nodes import Node, ScalarNode

from c360_mapping import nodes
from c360_mapping.event_ids import EVENT_IDS
from c360_mapping.expression import Defaults, Expression, Reference
from c360_mapping.expressions import compile_expression
from c360_mapping.formats import (
    DELETING,
    FORMAT_KEYS,
    Csv,
    Format,
    JsonLines,
    encoding_of,
    format_of,
)
from c360_mapping.messages import DELETED
from c360_mapping.modifiers import drops_of, zone_of
from c360_mapping.paths import Cells
from c360_mapping.refusals import InputRefused, MappingInvalid

FILE_KEYS = FORMAT_KEYS | {
    "kind", "timezone", "on_error", "empty_values", "optional_columns", "skip_if_empty",
    "event_ids", "mode", "null_values",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Kind:
    """What the rows become: fields with their one type, and the name of the open-ended part."""

    name: str
    required: Mapping[str, str]
    optional: Mapping[str, str]
    contents: str | None
    identifiers: bool

    @property
    def fields(self) -> Mapping[str, str]:
        """All fields that have a fixed name, with their types."""
        return {**self.required, **self.optional}


RECORDS = Kind(
    name="records",
    required={"key": "string"},
    optional={"revision": "int", "observedAt": "datetime", "deleted": "boolean"},
    contents="traits",
    identifiers=True,
)
EVENTS = Kind(
    name="events",
    required={"key": "string", "event": "string", "occurredAt": "datetime"},
    optional={"messageId": "string"},
    contents="properties",
    identifiers=True,
)
CONSENTS = Kind(
    name="consents",
    required={"key": "string", "purpose": "string", "status": "string", "at": "datetime"},
    optional={
        "channel": "string",
        "basis": "string",
        "wordingVersion": "string",
        "language": "string",
        "jurisdiction": "string",
        "givenBy": "string",
        "proof": "string",
        "expiresAt": "datetime",
    },
    contents=None,
    identifiers=False,
)
OBJECTS = Kind(
    name="objects",
    required={"type": "string", "key": "string"},
    optional={"observedAt": "datetime", "deleted": "boolean"},
    contents="properties",
    identifiers=False,
)
MODES = ("upsert", "patch", "UPSERT", "PATCH")
KINDS = {kind.name: kind for kind in (RECORDS, EVENTS, CONSENTS, OBJECTS)}


@dataclass(frozen=True, slots=True)
class ImportMapping:
    """A whole mapping. `digest` is the SHA-256 of the file that it was read from.

    `event_ids` is None where the data directory's own way holds; `patches` is whether records
    keep what a row does not name.
    """

    digest: str
    format: Format
    encoding: str
    kind: Kind
    fields: Mapping[str, Expression]
    identifiers: Mapping[str, Expression]
    contents: Mapping[str, Expression]
    skip_if_empty: tuple[Expression, ...]
    optional_columns: frozenset[str]
    event_ids: str | None = None
    patches: bool = False

    @property
    def names_events(self) -> bool:
        """Whether the rows become events that have no ids of their own."""
        return self.kind is EVENTS and "messageId" not in self.fields

    def says_deleted(self, cells: Cells) -> bool:
        """Whether the message that a row came in says that its source has deleted it."""
        is_told = isinstance(self.format, JsonLines) and self.format.envelope in DELETING
        return is_told and cells.get(DELETED) in (True, "true")

    def references(self) -> list[Reference]:
        """Every column that a file must have, in the order of the mapping file."""
        return [one for one in self.named() if one.name not in self.optional_columns]

    def named(self) -> list[Reference]:
        """Every column that the mapping reads, in the order of its file."""
        expressions = (
            *self.fields.values(),
            *self.identifiers.values(),
            *self.contents.values(),
            *self.skip_if_empty,
        )
        found = [r for expression in expressions for r in expression.references]
        return sorted(found, key=lambda reference: reference.line)


def read_mapping(path: Path) -> ImportMapping:
    """Reads and checks a mapping file; raises `InputRefused` naming the line at fault."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise _unreadable(f"cannot read {path}: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise _unreadable(f"{path} is not UTF-8") from error
    try:
        return parse_mapping(text)
    except MappingInvalid as error:
        raise _unreadable(f"{path}, {error.message}") from error


def parse_mapping(text: str) -> ImportMapping:
    """Checks the text of a mapping file; raises `MappingInvalid` naming the line at fault."""
    return mapping_of(nodes.parse(text), hashlib.sha256(text.encode()).hexdigest())


def mapping_of(root: Node, digest: str, implied: JsonLines | None = None) -> ImportMapping:
    """Checks a mapping that is part of a file, of rows of the `implied` format unless it names one.

    Raises `MappingInvalid` naming the line at fault.
    """
    kind = KINDS[nodes.choice(_required(root, "kind"), "kind", KINDS)]
    parts = nodes.entries(root, "the mapping", _keys_of(kind))
    form = implied if implied and "format" not in parts else format_of(parts)
    patches = _patches(parts, kind)
    defaults = _defaults(parts, form, patches)
    return ImportMapping(
        digest=digest,
        format=form,
        encoding=encoding_of(parts),
        kind=kind,
        fields=_fields(root, parts, kind, defaults),
        identifiers=_named(parts, "identifiers", defaults),
        contents=_named(parts, kind.contents, defaults) if kind.contents else {},
        skip_if_empty=_skip_if_empty(parts, defaults),
        optional_columns=frozenset(_list_of(parts, "optional_columns")),
        event_ids=_event_ids(parts, kind),
        patches=patches,
    )


def _unreadable(message: str) -> InputRefused:
    return InputRefused(message, code=MappingInvalid.code)


def _required(root: Node, key: str) -> Node:
    found = nodes.entries(root, "the mapping").get(key)
    if found is None:
        raise MappingInvalid(nodes.line_of(root), f"the mapping needs {key!r}")
    return found


def _keys_of(kind: Kind) -> frozenset[str]:
    open_ended = {kind.contents} if kind.contents else set[str]()
    identifiers = {"identifiers"} if kind.identifiers else set[str]()
    return FILE_KEYS | kind.fields.keys() | open_ended | identifiers


def _patches(parts: Mapping[str, Node], kind: Kind) -> bool:
    for key in ("mode", "null_values"):
        if key in parts and kind is not RECORDS:
            raise MappingInvalid(nodes.line_of(parts[key]), f"{key} belongs to kind: records")
    patches = "mode" in parts and nodes.choice(parts["mode"], "mode", MODES).lower() == "patch"
    if "null_values" in parts and not patches:
        line = nodes.line_of(parts["null_values"])
        raise MappingInvalid(
            line, "null_values needs mode: patch; of a whole state, what is not said is gone anyway"
        )
    return patches


def _defaults(parts: Mapping[str, Node], form: Format, patches: bool) -> Defaults:
    return Defaults(
        flat=isinstance(form, Csv),
        empty_values=frozenset(_list_of(parts, "empty_values")),
        zone=zone_of(parts["timezone"], "timezone") if "timezone" in parts else None,
        drops=drops_of(parts["on_error"], "on_error") if "on_error" in parts else False,
        null_values=frozenset(_list_of(parts, "null_values")) if patches else None,
    )


def _event_ids(parts: Mapping[str, Node], kind: Kind) -> str | None:
    if "event_ids" not in parts:
        return None
    if kind is not EVENTS:
        line = nodes.line_of(parts["event_ids"])
        raise MappingInvalid(line, "event_ids belongs to kind: events")
    return nodes.choice(parts["event_ids"], "event_ids", EVENT_IDS)


def _list_of(parts: Mapping[str, Node], key: str) -> tuple[str, ...]:
    return nodes.texts(parts[key], key) if key in parts else ()


def _fields(
    root: Node, parts: Mapping[str, Node], kind: Kind, defaults: Defaults
) -> dict[str, Expression]:
    for name in kind.required:
        if name not in parts:
            raise MappingInvalid(nodes.line_of(root), f"a mapping of {kind.name} needs {name!r}")
    return {
        name: compile_expression(parts[name], name, defaults, implied)
        for name, implied in kind.fields.items()
        if name in parts
    }


def _named(parts: Mapping[str, Node], section: str, defaults: Defaults) -> dict[str, Expression]:
    if section not in parts:
        return {}
    return {
        name: compile_expression(node, f"{section}.{name}", defaults)
        for name, node in nodes.entries(parts[section], section).items()
    }


def _skip_if_empty(parts: Mapping[str, Node], defaults: Defaults) -> tuple[Expression, ...]:
    if "skip_if_empty" not in parts:
        return ()
    node = parts["skip_if_empty"]
    columns = [node] if isinstance(node, ScalarNode) else nodes.items(node, "skip_if_empty")
    return tuple(compile_expression(column, "skip_if_empty", defaults) for column in columns)
