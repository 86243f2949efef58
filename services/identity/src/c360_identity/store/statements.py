"""Between statements and the text that adapters keep them as."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import orjson
from c360_kernel.sqlite_reading import from_rows

from c360_identity.domain.model import Carried, Statement

# The flag stands between the content, which is text, and a list.
_DELETION = '",true,['


def statements_text(statements: Iterable[Statement]) -> str:
    """Statements as JSON."""
    rows = [one if one.compared else one[:-1] for one in statements]
    # Named tuples are no lists to it until they are made plain ones.
    return orjson.dumps(rows, default=tuple).decode()


def may_be_deleted(text: str) -> bool:
    """Whether a statement of a text may be a deletion, told without reading it."""
    return _DELETION in text


@from_rows
def read_statements(text: str) -> tuple[Statement, ...]:
    """Statements back from JSON."""
    return tuple(map(_read, orjson.loads(text)))


def _read(row: list[Any]) -> Statement:
    own, number, stamp, content, deleted, carried, observed_at, named, marks, *compared = row
    return Statement(
        own,
        number,
        stamp,
        content,
        deleted,
        tuple([Carried(*one) for one in carried]),
        observed_at,
        None if named is None else tuple(named),
        marks,
        tuple([(trait, value) for trait, value in compared[0]]) if compared else (),
    )
