"""Loads a catalog from YAML, all of its faults at once, and knows the default one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import asdict, replace
from importlib.resources import files
from pathlib import Path

from c360_kernel.catalog.accounts import read_accounts
from c360_kernel.catalog.blocked import DEFAULT_BLOCKED
from c360_kernel.catalog.classifications import known_tags, read_classifications
from c360_kernel.catalog.computed import read_computed
from c360_kernel.catalog.computed_traits import ComputedTrait, Lifecycle
from c360_kernel.catalog.customer_tags import read_tags
from c360_kernel.catalog.destinations import Subscribable, read_destinations
from c360_kernel.catalog.document import CatalogError, CatalogProblem, Problems, read_document
from c360_kernel.catalog.entry import Entry
from c360_kernel.catalog.gazetteers import read_gazetteers
from c360_kernel.catalog.lifecycles import read_lifecycles
from c360_kernel.catalog.model import (
    NO_ACCOUNTS,
    Catalog,
    IdentifierType,
    ObjectType,
    TraitType,
    all_traits,
    referred_traits,
)
from c360_kernel.catalog.normalizers import NORMALIZERS
from c360_kernel.catalog.reads import named_by
from c360_kernel.catalog.references import refuse_shadowed_traits
from c360_kernel.catalog.sections import (
    read_events,
    read_identifiers,
    read_objects,
    read_purposes,
    read_sources,
    read_traits,
)
from c360_kernel.catalog.segments import Vocabulary, read_segments
from c360_kernel.exposed import refuse_exposed
from c360_kernel.new_file import make_whole

FILE_NAME = "catalog.yaml"
_SECTIONS = (
    "blocked", "classifications", "identifiers", "traits", "events", "sources", "purposes",
    "segments", "tags", "computed", "lifecycle", "accounts", "objects", "destinations",
    "gazetteers",
)  # fmt: skip


def load_catalog(path: Path) -> Catalog:
    """The catalog in a file. Raises `CatalogError` with every fault, each with its line.

    One that others may write is refused (`SettingsError`, FILE_EXPOSED).
    """
    return parse_catalog(catalog_text(path), path.name)


def catalog_text(path: Path) -> str:
    """What a file says. Raises as `load_catalog` does where it cannot be read or trusted."""
    try:
        refuse_exposed(path)
        return path.read_text("utf-8")
    except OSError as error:
        raise _unreadable(path, error.strerror or "cannot be read") from None
    except UnicodeDecodeError:
        raise _unreadable(path, "is not UTF-8") from None


def _unreadable(path: Path, why: str) -> CatalogError:
    return CatalogError(path.name, (CatalogProblem(1, "", why),))


def default_catalog() -> Catalog:
    """The catalog that ships with the package."""
    return parse_catalog(default_catalog_text(), FILE_NAME)


def default_catalog_text() -> str:
    """The default catalog as it is written."""
    return (files("c360_kernel.catalog") / FILE_NAME).read_text("utf-8")


def copy_default_catalog(folder: Path) -> Path:
    """Put the default catalog into a data directory unless one is there; its path either way."""
    path = folder / FILE_NAME
    if not path.exists():
        make_whole(path, default_catalog_text().encode())
    return path


def parse_catalog(text: str, where: str) -> Catalog:
    """The catalog in a text; `where` names it in errors. Raises `CatalogError`."""
    problems = Problems(where)
    root = Entry(read_document(text, problems), _SECTIONS)
    catalog = _read(root)
    problems.raise_if_any()
    return catalog


def _read(root: Entry) -> Catalog:
    given = root.given
    own = read_classifications(given["classifications"]) if "classifications" in given else {}
    tags = known_tags(own)
    blocked = root.patterns("blocked") if root.has("blocked") else DEFAULT_BLOCKED
    identifiers = (
        read_identifiers(given["identifiers"], NORMALIZERS, blocked, tags)
        if "identifiers" in given
        else {}
    )
    lists = read_gazetteers(given["gazetteers"]) if "gazetteers" in given else {}
    objects = read_objects(given["objects"], tags) if "objects" in given else {}
    traits = (
        read_traits(given["traits"], _written(identifiers), tags, lists, objects)
        if "traits" in given
        else {}
    )
    events = read_events(given["events"], tags, objects) if "events" in given else {}
    of_objects = _of_objects(traits, objects)
    known = Vocabulary(traits, events)
    computed = read_computed(given["computed"], known, tags) if "computed" in given else {}
    known = Vocabulary(all_traits(traits, computed), events, of_objects=of_objects)
    lifecycle = read_lifecycles(given["lifecycle"], known, tags) if "lifecycle" in given else {}
    sources = read_sources(given["sources"]) if root.required("sources") else {}
    purposes = read_purposes(given["purposes"], traits) if "purposes" in given else {}
    seen = all_traits(traits, computed, lifecycle)
    if "traits" in given:
        refuse_shadowed_traits(given["traits"], traits, seen.keys() - traits.keys())
    ranked = _ranked(computed, lifecycle)
    known = Vocabulary(seen, events, sources, purposes, of_objects=of_objects, ranked=ranked)
    said = read_tags(given["tags"], tags, known) if "tags" in given else {}
    known = replace(known, tags=said)
    accounts = (
        read_accounts(given["accounts"], NORMALIZERS, blocked, tags, known, lists)
        if "accounts" in given
        else NO_ACCOUNTS
    )
    known = replace(
        known,
        traits={**seen, **of_objects},
        kinds=accounts.kinds,
        roles=accounts.roles,
        account_traits=accounts.tested,
        asked_of_accounts=accounts.computed.keys(),
        of_objects=(),
    )
    segments = read_segments(given["segments"], known) if "segments" in given else {}
    sent = Subscribable(purposes, segments, seen)
    return _with_digest(
        Catalog(
            digest="",
            identifiers=identifiers,
            traits=traits,
            events=events,
            sources=sources,
            purposes=purposes,
            segments=segments,
            classifications=own,
            computed=computed,
            lifecycle=lifecycle,
            tags=said,
            accounts=accounts,
            objects=objects,
            destinations=(
                read_destinations(given["destinations"], sent) if "destinations" in given else {}
            ),
        )
    )


def _ranked(
    computed: Mapping[str, ComputedTrait], lifecycle: Mapping[str, Lifecycle]
) -> Collection[str]:
    """Quintiles, and stages that are on them."""
    quintiles = {name for name, one in computed.items() if one.of is not None}
    read = {
        name: {trait for stage in one.stages for trait in named_by(stage.when, "trait")}
        for name, one in lifecycle.items()
    }
    return quintiles | {name for name, traits in read.items() if traits & quintiles}


def _of_objects(
    traits: Mapping[str, TraitType], objects: Mapping[str, ObjectType]
) -> dict[str, TraitType]:
    """What segments may ask of the objects that traits refer to, as traits."""
    return {one.name: one.as_trait for one in referred_traits(traits, objects)}


def _written(identifiers: Mapping[str, IdentifierType]) -> list[str]:
    return [name for name, one in identifiers.items() if not one.derived_from]


def _with_digest(catalog: Catalog) -> Catalog:
    parts = asdict(catalog)
    canonical = json.dumps(parts, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    return replace(catalog, digest=digest)
