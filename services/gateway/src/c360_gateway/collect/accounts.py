"""Items of `upsertAccounts` and `linkAccounts`: accounts, and who has to do with them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Hashable
from dataclasses import replace

from c360_kernel.catalog.model import Catalog
from c360_kernel.catalog.values import check_traits, trait_identifiers
from c360_kernel.log.topics import ACCOUNTS, LINKS
from c360_kernel.nearest import did_you_mean
from c360_kernel.payload import AccountLinked, AccountUpserted
from c360_kernel.record import RecordKey
from c360_kernel.record_parts import PARENT

from c360_gateway.collect.fields import (
    FIELD_TYPE,
    Refused,
    flag_of,
    identifiers_of,
    instant_of,
    integer_of,
    name_of,
    optional_name,
    record_in,
    record_of,
    refuse_first,
    sole_name_of,
    values_of,
)
from c360_gateway.collect.items import RawItem
from c360_gateway.collect.kinds import Kind, Revisions, Truth
from c360_gateway.collect.modes import parts_named
from c360_gateway.collect.times import DEFAULT_SKEW_MS, own_revision_of, past_instant_of

ACCOUNT_PARENT_INVALID = "ACCOUNT_PARENT_INVALID"
UNKNOWN_LINK_KIND = "UNKNOWN_LINK_KIND"
UNKNOWN_ACCOUNT_ROLE = "UNKNOWN_ACCOUNT_ROLE"
LINK_PERIOD_INVALID = "LINK_PERIOD_INVALID"
ATTITUDES = ("for", "neutral", "against")
MOST_INFLUENCE = 5
_ACCOUNT_FIELDS = frozenset(
    (
        "source", "key", "mode", "revision", "observedAt", "deleted", "identifiers", "traits",
        "parent",
    )
)  # fmt: skip
_LINK_FIELDS = frozenset(
    (
        "source", "linkId", "person", "account", "kind", "role", "title", "influence", "attitude",
        "reportsTo", "primary", "validFrom", "validTo", "revision", "observedAt", "deleted",
    )
)  # fmt: skip
_DIGEST_BYTES = 12


def account_kind(catalog: Catalog, skew_ms: int = DEFAULT_SKEW_MS) -> Kind:
    """Items of `upsertAccounts`: the whole state of an account record, or a patch of it."""
    of_accounts, revisions = catalog.of_accounts, Revisions()

    def read(item: RawItem, stamp_ms: int) -> AccountUpserted:
        record = record_of(item, catalog)
        named = parts_named(item, of_accounts)
        own = own_revision_of(item)
        observed = past_instant_of(item, "observedAt", stamp_ms, skew_ms)
        deleted = flag_of(item, "deleted")
        traits = check_traits(of_accounts, values_of(item, "traits"))
        refuse_first(traits.problems)
        said = identifiers_of(item, of_accounts)
        identifiers = (*said, *trait_identifiers(of_accounts, traits.values))
        if deleted and (identifiers or traits.values):
            raise Refused(FIELD_TYPE, "deleted", "a deleted record has no traits or identifiers")
        revision = own if own is not None else observed
        return AccountUpserted(
            record,
            revisions.next(record, stamp_ms) if revision is None else revision,
            stamp_ms if observed is None else observed,
            deleted,
            tuple(dict.fromkeys(identifiers)),
            traits.values,
            own is not None,
            _parent_of(item, record, catalog),
            # A deletion says all, in either mode.
            None if named is None or deleted else _with_parent(named, item),
        )

    return Kind(
        "upsertAccounts",
        ACCOUNTS,
        "c360.account.upserted.v1",
        _ACCOUNT_FIELDS,
        "observedAt",
        read,
        _whole,
    )


def link_kind(catalog: Catalog, skew_ms: int = DEFAULT_SKEW_MS) -> Kind:
    """Items of `linkAccounts`: what a person has to do with an account, as one source says it."""
    model, revisions = catalog.accounts, Revisions()

    def read(item: RawItem, stamp_ms: int) -> AccountLinked:
        person, account = record_in(item, "person", catalog), record_in(item, "account", catalog)
        kind = _known(item, "kind", model.kinds, UNKNOWN_LINK_KIND)
        link = _link_of(item, catalog, (person, account, kind))
        own = own_revision_of(item)
        observed = past_instant_of(item, "observedAt", stamp_ms, skew_ms)
        revision = own if own is not None else observed
        role = _known(item, "role", model.roles, UNKNOWN_ACCOUNT_ROLE) if item.get("role") else ""
        made = AccountLinked(
            link,
            person,
            account,
            kind,
            revisions.next(link, stamp_ms) if revision is None else revision,
            stamp_ms if observed is None else observed,
            own=own is not None,
            role=role,
            deleted=flag_of(item, "deleted"),
        )
        return _with_details(made, item, catalog)

    return Kind(
        "linkAccounts",
        LINKS,
        "c360.account.linked.v1",
        _LINK_FIELDS,
        "observedAt",
        read,
        _whole,
    )


def _whole(payload: Truth) -> Hashable:
    """Whatever is equal in every part says the same once more."""
    if isinstance(payload, AccountUpserted):
        state = payload.record, payload.own, payload.revision, payload.deleted, payload.parent
        return (*state, payload.named, payload.identifiers, tuple(sorted(payload.traits.items())))
    return payload


def _with_parent(named: tuple[str, ...], item: RawItem) -> tuple[str, ...]:
    return named if item.get("parent") is None else (*named, PARENT)


def _parent_of(item: RawItem, record: RecordKey, catalog: Catalog) -> RecordKey | None:
    if item.get("parent") is None:
        return None
    parent = record_in(item, "parent", catalog)
    if parent == record:
        raise Refused(ACCOUNT_PARENT_INVALID, "parent", "an account is no part of itself")
    return parent


def _link_of(item: RawItem, catalog: Catalog, named: tuple[RecordKey, RecordKey, str]) -> RecordKey:
    """Who says so, and its name of the link; made of what it joins where it has none."""
    if item.get("linkId") is None:
        digest = hashlib.blake2b(repr(named).encode(), digest_size=_DIGEST_BYTES)
        key = f"link:{digest.hexdigest()}"
        return record_of({"source": item.get("source"), "key": key}, catalog)
    key = sole_name_of(item, "linkId")
    return record_of({"source": item.get("source"), "key": key}, catalog)


def _with_details(made: AccountLinked, item: RawItem, catalog: Catalog) -> AccountLinked:
    begins, ends = instant_of(item, "validFrom") or 0, instant_of(item, "validTo")
    if ends is not None and ends <= max(begins, 0):
        message = "validTo is not after validFrom, or not after 1970"
        raise Refused(LINK_PERIOD_INVALID, "validTo", message)
    named = item.get("reportsTo") is not None
    return replace(
        made,
        title=optional_name(item, "title"),
        influence=_influence_of(item),
        attitude=_attitude_of(item),
        reports_to=record_in(item, "reportsTo", catalog) if named else None,
        primary=flag_of(item, "primary"),
        valid_from=begins,
        valid_to=ends or 0,
    )


def _known(item: RawItem, field: str, known: Collection[str], code: str) -> str:
    name = name_of(item, field)
    if name in known:
        return name
    raise Refused(code, field, f"the catalog has no such {field}{did_you_mean(name, known)}")


def _influence_of(item: RawItem) -> int:
    influence = integer_of(item, "influence")
    if influence is not None and not 1 <= influence <= MOST_INFLUENCE:
        raise Refused(FIELD_TYPE, "influence", f"influence is from 1 to {MOST_INFLUENCE}")
    return influence or 0


def _attitude_of(item: RawItem) -> str:
    attitude = optional_name(item, "attitude").lower()
    if attitude and attitude not in ATTITUDES:
        raise Refused(FIELD_TYPE, "attitude", f"attitude is one of {', '.join(ATTITUDES)}")
    return attitude
