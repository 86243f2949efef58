"""The configuration reference, generated from the settings types."""

from __future__ import annotations

from collections.abc import Iterator

from c360_gateway.settings import GatewaySettings
from c360_identity.settings import IdentitySettings
from c360_kernel.settings import Settings
from c360_profile.settings import ProfileSettings
from c360_segment.settings import SegmentSettings
from pydantic.fields import FieldInfo

_SECTIONS: tuple[tuple[str, type[Settings]], ...] = (
    ("Every process", Settings),
    ("Identity", IdentitySettings),
    ("Profile", ProfileSettings),
    ("Segment", SegmentSettings),
    ("Gateway", GatewaySettings),
)


def reference() -> str:
    """The whole page, Markdown."""
    lines = [
        "# Configuration",
        "",
        "Generated from the settings types by `make docs`; do not edit. Every setting is an",
        "environment variable, read once at start.",
        "",
    ]
    for title, settings in _SECTIONS:
        lines += [f"## {title}", "", "| variable | default | meaning |", "|---|---|---|"]
        lines += [*_rows(settings), ""]
    return "\n".join(lines).rstrip() + "\n"


def _rows(settings: type[Settings]) -> Iterator[str]:
    shared: set[str] = set() if settings is Settings else set(Settings.model_fields)
    for name, field in settings.model_fields.items():
        if name not in shared:
            yield f"| `C360_{name.upper()}` | {_default(field)} | {field.description} |"


def _default(field: FieldInfo) -> str:
    return "unset" if field.default is None else f"`{field.default}`"
