"""Names of what is known of a customer beside its traits, in conditions.

No trait can have such a name: it holds a colon.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

import orjson

from c360_kernel.conditions.plain import condition_text, read_condition_text
from c360_kernel.conditions.tree import ValueCondition
from c360_kernel.record import TraitValue

SOURCES = "sources:"
"""The name of the sources that the records come from: a list of texts, in order."""
_CONSENT = "consent:"
_TAG = "tag:"
_COUNT = "count:"
_CARRIED = "carried:"
_ACTING = "acting:"


class Counted(NamedTuple):
    """Events of one name that happened from `since` until before `until` (ms UTC; None: no end)."""

    event: str
    since: int | None = None
    until: int | None = None


def with_facts(
    traits: Mapping[str, TraitValue],
    consents: Mapping[str, str],
    sources: tuple[str, ...],
    tags: Mapping[str, TraitValue],
) -> dict[str, TraitValue]:
    """What conditions are held against: golden traits, and facts under names of theirs."""
    known = dict(traits)
    if sources:
        known[SOURCES] = sources
    for purpose, said in consents.items():
        known[consent_fact(purpose)] = said
    for tag, value in tags.items():
        known[tag_fact(tag)] = value
    return known


def consent_fact(purpose: str) -> str:
    """The name of what holds for a purpose: a text, a status of `ConsentStatus`."""
    return f"{_CONSENT}{purpose}"


def purpose_of(name: str) -> str | None:
    """The purpose whose consent has this name; None for any other name."""
    return name.removeprefix(_CONSENT) if name.startswith(_CONSENT) else None


def tag_fact(tag: str) -> str:
    """The name of the value of a customer's tag: true, a whole number or a text."""
    return f"{_TAG}{tag}"


def tag_of(name: str) -> str | None:
    """The tag whose value has this name; None for any other name."""
    return name.removeprefix(_TAG) if name.startswith(_TAG) else None


def count_fact(counted: Counted) -> str:
    """The name of how many such events there are on a customer's records: a whole number.

    Nobody keeps it: who holds conditions against customers counts what they ask for.
    """
    event, *times = counted
    return ":".join([f"{_COUNT}{event}", *("" if one is None else str(one) for one in times)])


def counted_by(name: str) -> Counted | None:
    """What is counted under this name; None for any other name."""
    if not name.startswith(_COUNT):
        return None
    event, *times = name.removeprefix(_COUNT).split(":")
    return Counted(event, *(int(one) if one else None for one in times))


class Carrying(NamedTuple):
    """Records that carry an identifier of a type: this one, in its normal form, or any if None."""

    type: str
    value: str | None = None


def carried_fact(carrying: Carrying) -> str:
    """The name of how many of a customer's records carry such an identifier: a whole number.

    Nobody keeps it, as nobody keeps counts of events.
    """
    type_, value = carrying
    return f"{_CARRIED}{type_}" if value is None else f"{_CARRIED}{type_}={value}"


def carried_by(name: str) -> Carrying | None:
    """What is carried under this name; None for any other name."""
    if not name.startswith(_CARRIED):
        return None
    type_, is_one, value = name.removeprefix(_CARRIED).partition("=")
    return Carrying(type_, value if is_one else None)


class Acting(NamedTuple):
    """Links to accounts that are true `at` a moment (ms UTC), of a kind and with a role ("": any).

    Of all accounts, or of the one that is named by its `account` id, or by a `record` of it as
    `source/key`; of those, the ones whose traits, and what they come to, are as `where` says.
    """

    at: int
    kind: str = ""
    role: str = ""
    account: str = ""
    record: str = ""
    where: ValueCondition | None = None


def acting_fact(acting: Acting) -> str:
    """The name of how many such links the records of a customer have: a whole number.

    Nobody keeps it, as nobody keeps counts of events.
    """
    *said, where = acting
    form = [*said, None if where is None else condition_text(where)]
    return f"{_ACTING}{orjson.dumps(form).decode()}"


def acting_by(name: str) -> Acting | None:
    """Which links are meant by this name; None for any other name."""
    if not name.startswith(_ACTING):
        return None
    at, kind, role, account, record, where = orjson.loads(name.removeprefix(_ACTING))
    asked = None if where is None else read_condition_text(where)
    return Acting(at, kind, role, account, record, asked)


Tallied: TypeAlias = Counted | Carrying | Acting
"""What there is a number of that nobody keeps."""


def tallied_by(name: str) -> Tallied | None:
    """What there is a number of under this name, which nobody keeps; None for any other name."""
    return counted_by(name) or carried_by(name) or acting_by(name)


def is_fact(name: str) -> bool:
    """Whether this is the name of no trait."""
    return ":" in name
