"""Between statements and the text that adapters keep them as."""

from __future__ import annotations

import json
from collections.abc import Iterable

from c360_kernel.record import Identifier

from c360_identity.domain.model import Statement


def statements_text(statements: Iterable[Statement]) -> str:
    """Statements as JSON."""
    return json.dumps(list(statements), ensure_ascii=False, separators=(",", ":"))


def read_statements(text: str) -> tuple[Statement, ...]:
    """Statements back from JSON."""
    return tuple(
        Statement(own, number, stamp, content, deleted, tuple(Identifier(*i) for i in carried), at)
        for own, number, stamp, content, deleted, carried, at in json.loads(text)
    )
