"""Reads `destinations:`, where what is known of customers is sent when it changes.

A destination is a principal, with roles and a purpose: what it is sent is what policy lets such a
one take out. What it signs with is no word of the catalog, which many read.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import get_args
from urllib.parse import urlsplit

from c360_kernel.catalog import names
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry, checked_names, one_of
from c360_kernel.catalog.model import Destination, DestinationKind

KINDS: tuple[DestinationKind, ...] = get_args(DestinationKind)
NAME_MOST = 51
"""The key that it asks by is of `destination.NAME`, which has 63 characters at most."""
_FIELDS = (
    "kind", "url", "roles", "purpose", "segments", "profile", "traits", "title", "description",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Subscribable:
    """What a destination may name."""

    purposes: Collection[str]
    segments: Collection[str]
    traits: Collection[str]


def read_destinations(section: Located, known: Subscribable) -> Mapping[str, Destination]:
    """`destinations:`, as `mailer: {kind: webhook, url: …, roles: […], segments: [gold]}`."""
    entries = checked_names(section, names.DASHED, "use lower case, digits, '-' and '_'")
    return {name: _destination(name, at, known) for name, at in entries.items()}


def _destination(name: str, at: Located, known: Subscribable) -> Destination:
    if len(name) > NAME_MOST:
        at.complain(f"a destination's name has {NAME_MOST} characters at most")
    entry = Entry(at, _FIELDS)
    entry.choice("kind", KINDS, "kind")
    entry.required("roles")
    purpose = entry.choice("purpose", known.purposes, "purpose")
    segments, traits = (
        _named(entry, "segments", known.segments),
        _named(entry, "traits", known.traits),
    )
    profile = entry.boolean("profile", default=False)
    if not segments and not profile and at.is_mapping:
        at.complain("it is sent nothing: name 'segments', or say 'profile: true'")
    return Destination(
        name=name,
        kind="webhook",
        url=_url(entry),
        roles=entry.texts("roles"),
        purpose=purpose or "",
        segments=segments,
        profile=profile,
        traits=traits,
        description=entry.text("description"),
        titles=entry.titles(),
    )


def _named(entry: Entry, field: str, known: Collection[str]) -> tuple[str, ...]:
    for one in entry.given[field].items() if entry.has(field) else ():
        one_of(one, known, field.removesuffix("s"))
    return entry.texts(field)


def _url(entry: Entry) -> str:
    """An address of the web; what its host leads to is judged at each connection."""
    found = entry.required("url")
    text = (found.text() if found else None) or ""
    if found is not None and text and not _is_url(text):
        found.complain("must be https://HOST[:PORT]/PATH, without a user or a fragment")
    return text


def _is_url(text: str) -> bool:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return False
    is_plain = text.isascii() and text.isprintable() and " " not in text
    has_host = bool(parts.hostname) and "@" not in parts.netloc
    return parts.scheme in ("https", "http") and is_plain and has_host and not parts.fragment
