"""Stamped entries to feed a handler with, and ways to feed them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from c360_kernel.catalog.model import Catalog, IdentifierType, Source, TraitType
from c360_kernel.catalog.normalizers import Normalizers
from c360_kernel.evidence.rules import PEOPLE, Rules
from c360_kernel.evidence.seed_id import CustomerIds, customer_ids
from c360_kernel.log.entry import Entry, Partition, entry_at
from c360_kernel.log.topics import DECISIONS, EVENTS, RECORDS
from c360_kernel.payload import DecisionKind, DecisionMade, EventTracked, RecordUpserted
from c360_kernel.record import Identifier, RecordKey, TraitValue
from c360_kernel.testing.entries import new_entry

from c360_identity.handlers.handler import IdentityHandler
from c360_identity.handlers.intake import Intake
from c360_identity.handlers.large import LargeCustomers
from c360_identity.handlers.large_solves import LargeSolves
from c360_identity.handlers.rule_values import RuleValueReader
from c360_identity.store.port import IdentityStore

_NO_TRAITS: Mapping[str, TraitValue] = {}
IDS: CustomerIds = customer_ids(b"a key for tests")


def token_type(
    name: str,
    tier: int,
    limit: int | None = None,
    fan: int | None = None,
    *,
    separates: bool = False,
    personal: bool = True,
) -> IdentifierType:
    """An identifier type whose values are taken as they are."""
    return IdentifierType(
        name,
        "token",
        tier,
        limit,
        fan,
        tag=name,
        blocked=("blocked",),
        separates=separates,
        personal=personal,
    )


def catalog_of(*types: IdentifierType) -> Catalog:
    """A catalog of these identifier types, a trait that says a phone, and two sources."""
    sources = {name: Source(name, n) for n, name in enumerate(("crm", "web"))}
    mobile = TraitType("mobile", "string", "phone", "latest", identifier="phone")
    return Catalog("test", {t.name: t for t in types}, {"mobile": mobile}, {}, sources, {}, {})


TEST_CATALOG = catalog_of(
    token_type("national_id", tier=0, limit=1),
    token_type("unionid", tier=1, limit=1),
    token_type("account", tier=1, separates=True),
    token_type("phone", tier=2, fan=2),
    token_type("email", tier=2),
    token_type("card", tier=2, fan=2, separates=True),
    token_type("device", tier=3, fan=1, personal=False),
    token_type("cookie", tier=3, fan=1, personal=False),
)
"""Small bounds, so that small worlds meet them."""


def rules_of(catalog: Catalog, crowd: int, people: int = PEOPLE) -> Rules:
    """The rules of a catalog with other bounds for crowds and for people told apart."""
    return Rules(Rules.of(catalog.identifiers).types, crowd, people)


def handler_of(
    catalog: Catalog,
    rules: Rules,
    large: LargeCustomers | None = None,
    solves: LargeSolves | None = None,
) -> IdentityHandler:
    """A handler as `bootstrap` would build it."""
    intake, tells_of = Intake(catalog, Normalizers(catalog)), RuleValueReader(catalog)
    return IdentityHandler(intake, rules, IDS, tells_of, large=large, solves=solves)


def stamp(number: int) -> str:
    """The stamp of the `number`th entry ever stamped."""
    return f"{number:028x}"


def record_key(text: str) -> RecordKey:
    """`crm/1` for short."""
    return RecordKey.parse(text)


def identifiers_of(text: str) -> tuple[Identifier, ...]:
    """`phone:1 email:a` for short."""
    pairs = (part.partition(":") for part in text.split())
    return tuple(Identifier(kind, value) for kind, _, value in pairs)


def upserted(
    at: int,
    key: str,
    carries: str = "",
    *,
    revision: int | None = None,
    deleted: bool = False,
    own: bool = True,
    observed_at: int | None = None,
    traits: Mapping[str, TraitValue] = _NO_TRAITS,
    named: str | None = None,
) -> Entry:
    """The `at`th entry says what a record is; of a patch, what it is in the parts `named`."""
    record = record_key(key)
    number = at if revision is None else revision
    seen = at if observed_at is None else observed_at
    parts = None if named is None else tuple(sorted(named.split()))
    content = (deleted, identifiers_of(carries), traits, own, parts)
    return _stands(RECORDS, key, RecordUpserted(record, number, seen, *content), at)


def tracked(
    at: int, key: str, message_id: str, carries: str = "", *, occurred_at: int | None = None
) -> Entry:
    """The `at`th entry says that something happened to a record."""
    happened = at if occurred_at is None else occurred_at
    payload = EventTracked(record_key(key), message_id, "seen", happened, identifiers_of(carries))
    return _stands(EVENTS, key, payload, at)


def decided(at: int, kind: DecisionKind, a: str, b: str, *, name: str, undoes: str = "") -> Entry:
    """The `at`th entry says what the steward `ann` decided."""
    payload = DecisionMade(name, kind, record_key(a), record_key(b), undoes, "ann", "a test")
    return _stands(DECISIONS, min(a, b), payload, at)


async def feed(
    store: IdentityStore, handler: IdentityHandler, batches: Iterable[Sequence[Entry]]
) -> None:
    """Handle each batch in a unit of its own."""
    for batch in batches:
        async with store.unit() as unit:
            await handler.handle(unit, batch)


def _stands(
    topic: str, key: str, payload: RecordUpserted | EventTracked | DecisionMade, at: int
) -> Entry:
    entry = new_entry(topic, key, payload, stamp=stamp(at), entry_id=f"{topic}-{at}")
    return entry_at(entry, Partition(topic, 0), at)
