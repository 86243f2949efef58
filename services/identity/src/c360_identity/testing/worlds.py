"""Small worlds of stamped entries, made to collide: few records, few identifiers, tight bounds."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from c360_kernel.log.entry import Entry
from c360_kernel.record_parts import identifiers_part, trait_part
from hypothesis import strategies as st

from c360_identity.testing.entries import decided, tracked, upserted

RECORDS = [f"{source}/{n}" for source in ("crm", "web") for n in range(5)]
IDENTIFIERS = [
    *("national_id:1", "national_id:2", "unionid:1", "unionid:2"),
    *("account:1", "account:2", "account:x:1", "account:x:2", "card:1", "card:2"),
    *("phone:1", "phone:2", "phone:3", "email:1", "email:2"),
    *("device:1", "device:2", "device:blocked", "cookie:1"),
]

CONTACTS = [
    *("account:1", "account:2", "account:3", "phone:1", "phone:2", "phone:3"),
    *("email:1", "email:2", "email:3"),
]

_carried = st.lists(st.sampled_from(IDENTIFIERS), max_size=3, unique=True).map(" ".join)
_names = st.sampled_from(RECORDS)
# Negative ones are times: another scale.
_revisions = st.sampled_from([1, 2, 3, -1, -2])
_upserts = st.tuples(st.just("upsert"), _names, _carried, _revisions, st.integers(0, 9).map(bool))
_mobiles = st.sampled_from(["", "1", "2"])
_states = st.tuples(st.just("state"), _names, _carried, _revisions, _mobiles)
_cleared = st.sampled_from(["", "", "phone", "email account", "national_id"])
_patches = st.tuples(st.just("patch"), _names, _carried, _revisions, st.none() | _mobiles, _cleared)
_events = st.tuples(st.just("event"), _names, _carried, st.integers(1, 4))
_decisions = st.tuples(
    st.just("decision"),
    st.lists(_names, min_size=2, max_size=2, unique=True),
    st.sampled_from(["same", "not_same", "undo"]),
    st.integers(1, 4),
    st.integers(1, 4),
)
worlds = st.lists(
    st.one_of(_upserts, _states, _patches, _events, _decisions), min_size=10, max_size=40
)
"""Facts, the earliest stamped first."""


def random_world(chance: Random) -> list[Any]:
    """Facts as in `worlds`, but denser: many have refusals, and most of them a busy identifier.

    Every other world has log-ins and contacts alone, without decisions, so that what is told
    apart meets what connects it.
    """
    busy = chance.choice(["", "device:1", "account:1", "unionid:1"])
    contacts = chance.choice([True, False])
    kinds = ["upsert", "upsert", "patch", "event", *([] if contacts else ["decision"])]
    identifiers = CONTACTS if contacts else IDENTIFIERS
    return [
        _random_fact(chance, chance.choice(kinds), busy, identifiers)
        for _ in range(chance.randint(5, 45))
    ]


def numbered_world(chance: Random) -> list[Any]:
    """Facts of records that each have a log-in of their own, and are one customer by two kinds.

    What they gain later is mostly their own; some of it others carry, or it is taken away again.
    """
    facts: list[Any] = [("upsert", f"crm/{n}", _numbered(n), 1, True) for n in range(5)]
    for _ in range(chance.randint(3, 20)):
        n, own = chance.randrange(5), ("email", "phone", "device", "card", "unionid")
        gained = {f"{kind}:own{n}" for kind in chance.sample(own, chance.randint(0, 2))}
        if chance.random() < 0.2:
            gained.add(chance.choice([f"account:own{n}", "card:1", "email:1", "national_id:1"]))
        kept = _numbered(n).split()
        if chance.random() < 0.15:
            kept.remove(chance.choice(kept))
        carries = " ".join(sorted({*kept, *gained}))
        facts.append(("upsert", f"crm/{n}", carries, chance.randint(1, 9), True))
    if chance.random() < 0.3:
        ruling = chance.choice(["same", "not_same"])
        facts.append(("decision", ["crm/1", "crm/3"], ruling, 1, 1))
    return facts


def hanging_world(chance: Random) -> list[Any]:
    """As `numbered_world`, and others hang on each record; some have a number, some had.

    Some hang by one kind alone, on two records, or were there first.
    """
    facts: list[Any] = [("upsert", f"crm/{n}", _hooked(n), 1, True) for n in range(4)]
    for _ in range(chance.randint(3, 16)):
        n = chance.randrange(4)
        hooks = chance.choice([f"email:x{n} phone:x{n}"] * 2 + [f"email:x{n}", f"phone:x{n}"])
        if chance.random() < 0.5:
            key, carries = f"crm/{n}", _hooked(n)
        else:
            key, carries = f"web/{n}", f"{hooks} email:y{n} phone:y{n}"
        if chance.random() < 0.3:
            key, ends = f"web/{n + 4}", ("email:y{}", "email:{}", "email:x{}", "phone:x{}")
            carries = " ".join(one.format(n) for one in chance.sample(ends, 2))
        kept = set(carries.split())
        if chance.random() < 0.1:
            kept.remove(chance.choice(sorted(kept)))
        numbers = (*[f"account:{key}"] * 4, f"account:s:{key}", f"account:t:{key}", "account:0")
        kept.update(chance.sample(numbers, chance.choice([0, 0, 1, 1, 2])))
        facts.append(("upsert", key, " ".join(sorted(kept)), chance.randint(1, 9), True))
    return facts


def _hooked(n: int) -> str:
    return f"{_numbered(n)} email:x{n} phone:x{n}"


def _numbered(n: int) -> str:
    return f"account:{n} email:{n} email:{n + 1} phone:{n} phone:{n + 1}"


def _random_fact(chance: Random, kind: str, busy: str, identifiers: Sequence[str]) -> Any:  # noqa: ANN401 - as `worlds` makes them
    if kind == "decision":
        ruling = chance.choice(["same", "not_same", "undo"])
        return kind, chance.sample(RECORDS, 2), ruling, chance.randint(1, 5), chance.randint(1, 5)
    carried = {*chance.sample(identifiers, chance.randint(0, 3)), chance.choice(["", busy])}
    carries = " ".join(sorted(carried - {""}))
    named = (kind, chance.choice(RECORDS), carries)
    if kind == "event":
        return *named, chance.randint(1, 4)
    revision = chance.choice([1, 2, 3, 4, -1, -2])
    if kind == "patch":
        return *named, revision, chance.choice([None, "", "1"]), chance.choice(["", "phone"])
    return *named, revision, chance.random() > 0.12


def entries_of(facts: Sequence[Any]) -> list[Entry]:
    """The entries that tell these facts."""
    return [_entry_of(at, fact) for at, fact in enumerate(facts, start=1)]


def cut(entries: Sequence[Entry], sizes: Sequence[int]) -> list[Sequence[Entry]]:
    """Batches of these sizes, taken in turn until all entries are in one."""
    batches: list[Sequence[Entry]] = []
    start, turn = 0, 0
    while start < len(entries):
        size = sizes[turn % len(sizes)]
        batches.append(entries[start : start + size])
        start, turn = start + size, turn + 1
    return batches


def _entry_of(at: int, fact: Any) -> Entry:  # noqa: ANN401 - one of the tuples above
    match fact:
        case ("upsert", key, carries, revision, is_there):
            return upserted(
                at,
                key,
                carries if is_there else "",
                revision=abs(revision),
                deleted=not is_there,
                own=revision > 0,
                observed_at=_observed_at(at),
            )
        case ("state", key, carries, revision, mobile):
            return _stated(at, key, carries, revision, mobile)
        case ("patch", key, carries, revision, mobile, cleared):
            return _stated(at, key, carries, revision, mobile, cleared)
        case ("event", key, carries, number):
            return tracked(at, key, f"m{number}", carries, occurred_at=_observed_at(at))
        case (_, (a, b), kind, name, undone):
            return decided(at, kind, a, b, name=f"d{name}", undoes=f"d{undone}")
        case _:
            raise ValueError(fact)


def _stated(
    at: int, key: str, carries: str, revision: int, mobile: str | None, cleared: str | None = None
) -> Entry:
    """A state whose phone a trait says too; with `cleared`, a patch (`mobile` None: not named)."""
    types = {one.partition(":")[0] for one in carries.split()}.union((cleared or "").split())
    named = {identifiers_part(type_) for type_ in types}
    return upserted(
        at,
        key,
        f"{carries} phone:{mobile}" if mobile else carries,
        revision=abs(revision),
        own=revision > 0,
        observed_at=_observed_at(at),
        traits={"mobile": mobile} if mobile else {},
        named=None if cleared is None else " ".join(named | _mobile_part(mobile)),
    )


def _observed_at(at: int) -> int:
    """Sources say when; what came in late may be old, and several things are of one time."""
    return at * 7 % 11


def _mobile_part(mobile: str | None) -> set[str]:
    return set() if mobile is None else {trait_part("mobile")}
