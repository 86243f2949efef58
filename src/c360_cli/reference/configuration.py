"""The configuration reference, generated from the settings types."""

from __future__ import annotations

from collections.abc import Iterator

from c360_kernel.settings import Settings
from pydantic.fields import FieldInfo

from c360_cli.topology import CONNECT, GATEWAY, SERVICES


def reference() -> str:
    """The whole page, Markdown."""
    lines = [
        "# Configuration",
        "",
        "Generated from the settings types by `make docs`; do not edit. Every setting is an",
        "environment variable, read once at start.",
        "",
    ]
    for title, settings in _sections():
        lines += [f"## {title}", "", "| variable | default | meaning |", "|---|---|---|"]
        lines += [*_rows(settings), ""]
    return "\n".join(lines).rstrip() + "\n"


def _sections() -> Iterator[tuple[str, type[Settings]]]:
    yield "Every process", Settings
    for part in (*SERVICES, GATEWAY, CONNECT):
        yield part.name.title(), part.settings


def _rows(settings: type[Settings]) -> Iterator[str]:
    shared: set[str] = set() if settings is Settings else set(Settings.model_fields)
    for name, field in settings.model_fields.items():
        if name not in shared:
            yield f"| `C360_{name.upper()}` | {_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    return "unset" if field.default is None else f"`{field.default}`"
