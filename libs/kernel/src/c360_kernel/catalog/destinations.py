"""Reads `destinations:`, where what is known of customers is sent when it changes.

A destination is a principal, with roles and a purpose: what it is sent is what policy lets such a
one take out. What it signs with is no word of the catalog, which many read.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from c360_kernel.catalog import names
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry, checked_names, one_of
from c360_kernel.catalog.model import Destination, HashedTrait
from c360_kernel.catalog.targets.kinds import KINDS, Kind
from c360_kernel.outgoing.hashing import FORMS

NAME_MOST = 51
"""The key that it asks by is of `destination.NAME`, which has 63 characters at most."""
TYPES = ("segment.entered", "segment.left", "profile.changed", "customer.ended")
"""What a destination may be told of."""
_FIELDS = (
    "kind", "roles", "purpose", "segments", "profile", "sync", "types", "traits", "hashes",
    "fields", "title", "description",
)  # fmt: skip
SAID = ("id", "type", "timestamp", "customer", "segment", "segments", "successor")
"""What templates and mappings name of every message."""


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
    kind, of_kind = _kind(at)
    entry = Entry(at, (*_FIELDS, *of_kind.fields))
    entry.choice("kind", KINDS, "kind")
    entry.required("roles")
    purpose = entry.choice("purpose", known.purposes, "purpose")
    segments = _named(entry, "segments", known.segments)
    traits = _named(entry, "traits", known.traits)
    hashes, fields = _hashes(entry, known.traits), _fields(entry)
    profile = entry.boolean("profile", default=False)
    if not segments and not profile and at.is_mapping:
        at.complain("it is sent nothing: name 'segments', or say 'profile: true'")
    sync = entry.boolean("sync", default=False)
    if sync and entry.has("types"):
        entry.given["types"].complain("with 'sync: true' it is told of rows, and of no other types")
    return Destination(
        name=name,
        kind=kind,
        target=of_kind.read(entry, [*SAID, *names_said(traits, hashes, fields)]),
        roles=entry.texts("roles"),
        purpose=purpose or "",
        segments=segments,
        profile=profile,
        types=_named(entry, "types", TYPES),
        sync=sync,
        traits=traits,
        hashes=hashes,
        fields=fields,
        description=entry.text("description"),
        titles=entry.titles(),
    )


def _kind(at: Located) -> tuple[str, Kind]:
    """The kind, or any where that is not said: what is wrong with it is told once."""
    given = at.fields().get("kind") if at.is_mapping else None
    named = given.plain() if given is not None else None
    name = named if isinstance(named, str) and named in KINDS else next(iter(KINDS))
    return name, KINDS[name]


def names_said(
    traits: Collection[str], hashes: Collection[str], fields: Collection[str]
) -> Iterator[str]:
    """How templates and mappings name what goes along."""
    for part, held in (("traits", traits), ("hashes", hashes), ("fields", fields)):
        yield from (f"{part}.{name}" for name in held)


def _named(entry: Entry, field: str, known: Collection[str]) -> tuple[str, ...]:
    for one in entry.given[field].items() if entry.has(field) else ():
        one_of(one, known, field.removesuffix("s"))
    return entry.texts(field)


def _hashes(entry: Entry, traits: Collection[str]) -> Mapping[str, HashedTrait]:
    """`hashes:`, as `em: {trait: email, form: google_email}`."""
    found: dict[str, HashedTrait] = {}
    for name, at in entry.given["hashes"].fields().items() if entry.has("hashes") else ():
        one = Entry(at, ("trait", "form"))
        trait, form = one.choice("trait", traits, "trait"), one.choice("form", FORMS, "form")
        found[name] = HashedTrait(trait or "", form or "")
    return found


def _fields(entry: Entry) -> Mapping[str, object]:
    """`fields:`, expressions of the mapping language, which who sends compiles."""
    given = entry.given["fields"].fields() if entry.has("fields") else {}
    return {name: at.plain() for name, at in given.items()}
