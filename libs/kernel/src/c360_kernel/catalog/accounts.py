"""Reads the section `accounts:`: a second kind of subject, and how persons have to do with it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

from c360_kernel.catalog import names
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry, checked_names
from c360_kernel.catalog.gazetteers import Gazetteer
from c360_kernel.catalog.model import AccountModel, AccountRole, IdentifierType, LinkKind, TraitType
from c360_kernel.catalog.normalizers.web_domain import FREE_MAIL
from c360_kernel.catalog.roll_ups import read_roll_ups, read_stated
from c360_kernel.catalog.sections import read_identifiers, read_traits
from c360_kernel.catalog.segments import Vocabulary

_DOMAIN = "web_domain"
_OWNER = "owner"
"""Who looks after an account on the side of the company, whether or not a catalog says so."""


def read_accounts(
    section: Located,
    normalizers: Collection[str],
    blocked: tuple[str, ...],
    tags: Collection[str],
    known: Vocabulary,
    gazetteers: Mapping[str, Gazetteer],
) -> AccountModel:
    """`accounts:`. Its identifier types are not those of persons, and join accounts alone.

    `known` are the traits and events of persons, of which traits of accounts may be computed.
    """
    entry = Entry(section, ("identifiers", "traits", "kinds", "roles", "events", "computed"))
    given = entry.given
    identifiers = (
        read_identifiers(given["identifiers"], normalizers, blocked, tags)
        if entry.has("identifiers")
        else {}
    )
    written = [name for name, one in identifiers.items() if not one.derived_from]
    stated = read_stated(given["events"], known.events, written) if entry.has("events") else {}
    traits = _traits(given["traits"], written, tags, gazetteers) if entry.has("traits") else {}
    return AccountModel(
        identifiers={name: _without_free_mail(one) for name, one in identifiers.items()},
        traits=traits,
        kinds=_kinds(given["kinds"]) if entry.has("kinds") else {},
        roles=_roles(given["roles"]) if entry.has("roles") else {},
        computed=(
            read_roll_ups(given["computed"], known, tags, stated, traits)
            if entry.has("computed")
            else {}
        ),
        stated=stated,
    )


def _without_free_mail(type_: IdentifierType) -> IdentifierType:
    """A domain of a provider of mailboxes is everybody's, whatever the catalog blocks."""
    if type_.normalizer != _DOMAIN:
        return type_
    return replace(type_, blocked=(*type_.blocked, *FREE_MAIL))


def _traits(
    section: Located,
    identifiers: Collection[str],
    tags: Collection[str],
    gazetteers: Mapping[str, Gazetteer],
) -> Mapping[str, TraitType]:
    found = read_traits(section, identifiers, tags, gazetteers)
    for name, at in section.fields().items():
        if name in found and found[name].row_rule:
            at.complain("row rules choose persons: 'rowRule' is for their traits alone")
    return found


def _kinds(section: Located) -> dict[str, LinkKind]:
    found: dict[str, LinkKind] = {}
    for name, at in checked_names(section, names.SNAKE, "use snake_case").items():
        entry = Entry(at, ("decides", "ours", "title", "description"))
        decides = entry.boolean("decides", default=False)
        ours = entry.boolean("ours", default=name == _OWNER and not decides)
        if decides and ours:
            at.complain("who is 'ours' has no part in what an account decides")
        found[name] = LinkKind(name, decides, ours, entry.text("description"), entry.titles())
    return found


def _roles(section: Located) -> dict[str, AccountRole]:
    found: dict[str, AccountRole] = {}
    for name, at in checked_names(section, names.SNAKE, "use snake_case").items():
        entry = Entry(at, ("needed", "title", "description"))
        needed = entry.boolean("needed", default=False)
        found[name] = AccountRole(name, needed, entry.text("description"), entry.titles())
    return found
