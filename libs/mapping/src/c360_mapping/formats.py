"""File formats that a mapping can name, and how it names them."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass

from yaml.nodes import Node, ScalarNode

from c360_mapping import nodes
from c360_mapping.refusals import MappingInvalid

FORMAT_KEYS = frozenset(
    {"format", "delimiter", "quote", "header", "skip_lines", "encoding", "stream"}
)
ENVELOPES = ("debezium", "cloudevents", "singer", "airbyte")
"""Messages of other tools, one a line, that rows are wrapped in."""
OF_STREAMS = ("singer", "airbyte")
DELETING = ("debezium", *OF_STREAMS)
"""Those that say beside a row what became of it, as that it was deleted."""

_CSV_KEYS = ("delimiter", "quote", "header", "skip_lines")


@dataclass(frozen=True, slots=True)
class Csv:
    """A file of delimited rows.

    `delimiter` None stands for runs of spaces, `header` None for names in the first row,
    `quote` None for no quoting; the first `skip_lines` lines are not part of the data.
    """

    delimiter: str | None = ","
    header: tuple[str, ...] | None = None
    quote: str | None = '"'
    skip_lines: int = 0


@dataclass(frozen=True, slots=True)
class JsonLines:
    """A file with one JSON object a line.

    `envelope` is the tool whose messages they are, "" where they are the rows themselves; `stream`
    is the one of its streams that is read, "" for all.
    """

    envelope: str = ""
    stream: str = ""


@dataclass(frozen=True, slots=True)
class Parquet:
    """A file of Parquet, whose columns have types and may be nested."""


Format = Csv | JsonLines | Parquet


def format_of(parts: Mapping[str, Node]) -> Format:
    """The format of a mapping's files."""
    if "format" not in parts:
        raise MappingInvalid(1, "the mapping needs 'format': csv, jsonl or parquet")
    form = nodes.choice(parts["format"], "format", ("csv", "jsonl", "parquet", *ENVELOPES))
    stream = _stream(parts, form)
    if form == "csv":
        return _csv(parts)
    for key in _CSV_KEYS:
        if key in parts:
            raise MappingInvalid(nodes.line_of(parts[key]), f"{key} belongs to format: csv")
    if form == "parquet":
        _refuse_encoding(parts)
        return Parquet()
    return JsonLines("" if form == "jsonl" else form, stream)


def _refuse_encoding(parts: Mapping[str, Node]) -> None:
    if "encoding" in parts:
        line = nodes.line_of(parts["encoding"])
        raise MappingInvalid(line, "encoding belongs to csv and jsonl: Parquet's texts are UTF-8")


def _stream(parts: Mapping[str, Node], form: str) -> str:
    if "stream" not in parts:
        return ""
    if form not in OF_STREAMS:
        line = nodes.line_of(parts["stream"])
        raise MappingInvalid(line, f"stream belongs to format: {' or '.join(OF_STREAMS)}")
    return nodes.text(parts["stream"], "stream")


def encoding_of(parts: Mapping[str, Node]) -> str:
    """The character encoding of a mapping's files, by its Python name."""
    if "encoding" not in parts:
        return "utf-8"
    name = nodes.text(parts["encoding"], "encoding")
    try:
        return codecs.lookup(name).name
    except LookupError as error:
        line = nodes.line_of(parts["encoding"])
        raise MappingInvalid(line, f"encoding: no encoding {name!r}") from error


def _csv(parts: Mapping[str, Node]) -> Csv:
    plain = Csv()
    return Csv(
        delimiter=_delimiter(parts["delimiter"]) if "delimiter" in parts else plain.delimiter,
        header=_header(parts["header"]) if "header" in parts else plain.header,
        quote=_quote(parts["quote"]) if "quote" in parts else plain.quote,
        skip_lines=nodes.integer(parts["skip_lines"], "skip_lines") if "skip_lines" in parts else 0,
    )


def _delimiter(node: Node) -> str | None:
    written = nodes.text(node, "delimiter")
    if written == "spaces":
        return None
    character = "\t" if written == "\\t" else written
    if len(character) != 1 or character in "\r\n":
        raise MappingInvalid(
            nodes.line_of(node), r"delimiter must be one character, \t or spaces (runs of them)"
        )
    return character


def _quote(node: Node) -> str | None:
    written = nodes.text(node, "quote")
    if written == "none":
        return None
    if len(written) != 1:
        raise MappingInvalid(nodes.line_of(node), "quote must be one character or none")
    return written


def _header(node: Node) -> tuple[str, ...] | None:
    if isinstance(node, ScalarNode):
        if not nodes.boolean(node, "header"):
            raise MappingInvalid(
                nodes.line_of(node), "header must be true or the list of the columns' names"
            )
        return None
    names = nodes.texts(node, "header")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise MappingInvalid(nodes.line_of(node), f"header repeats {', '.join(repeated)}")
    return names
