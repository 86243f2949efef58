"""The reference of error codes, generated from their table."""

from __future__ import annotations

from collections.abc import Iterator

from c360_cli.reference.error_codes import SECTIONS, Codes

_HEAD = """\
# Error codes

Generated from the table of codes by `make docs`; do not edit. A code keeps its name and its
meaning: decide by it, never by the message.

GraphQL errors have it as `extensions.code`, items of a write as `code`; commands and the log write
it before the message. `extensions.retryable` beside it says whether the very same request may
succeed later. Only what was refused for a passing reason may, as
[AIP-194](https://google.aip.dev/194) has it: wait as long as `Retry-After` says, or longer each
time. Every write may be sent again: what was taken before is known again by its key or id.

Codes of composition are those of the reference composer, see
[composition](../libs/federation/docs/composition.md)."""


def reference() -> str:
    """The whole page, Markdown."""
    lines = [_HEAD, ""]
    for title, where, codes in SECTIONS:
        lines += [f"## {title}", "", where, "", *_table(codes), ""]
    return "\n".join(lines).rstrip() + "\n"


def _table(codes: Codes) -> Iterator[str]:
    yield from ("| code | meaning | retryable |", "|---|---|---|")
    for code, error in codes.items():
        yield f"| `{code}` | {error.meaning} | {'yes' if error.retryable else ''} |"
