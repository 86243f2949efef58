"""Tests of a policy read from YAML, strictly: a name that nobody knows would test nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import NamedTuple, TypeVar

from c360_kernel.catalog.document import CatalogError, Located, Problems, read_document
from c360_kernel.catalog.entry import Entry
from c360_kernel.errors import Invalid
from c360_kernel.nearest import did_you_mean

from c360_policy.objects import SPOKEN_OF, Kind, kind_of
from c360_policy.reading.names import Known
from c360_policy.rule import ANY, ROLE_PREFIX, TAG_PREFIX, Act, Policy
from c360_policy.trying.expectations import (
    HIDDEN,
    NO_CONSENT,
    Expected,
    Principal,
    Test,
    TestCustomer,
    acts_of,
)
from c360_policy.trying.expected_people import names, read_customers, read_principals

_FIELDS = ("now", "principals", "customers", "tests")
_OF_TEST = (
    *("name", "now", "principals", "purposes", "acts", "customers", "coordinates", "expect"),
)
_DEFAULT_ACT = "read"
V = TypeVar("V")


class TestsInvalid(Invalid):
    """A file of tests cannot be used; the message has one line per problem."""

    __test__ = False

    code = "TESTS_INVALID"


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What tests may name, and the time (ms UTC) of those that name none.

    `glass` are the roles that hold for nobody until they are opened.
    """

    known: Known
    roles: frozenset[str]
    glass: frozenset[str]
    now_ms: float

    @classmethod
    def of(cls, policy: Policy, known: Known, now_ms: float) -> Vocabulary:
        """The words of a policy and of what it is held against."""
        roles = {rule.role for rule in policy.rules}.union(
            policy.inherits, *policy.inherits.values()
        )
        return cls(known, frozenset(roles), policy.glass_roles, now_ms)


def read_tests(text: str, where: str, words: Vocabulary) -> tuple[Test, ...]:
    """The tests of a file. Raises `TestsInvalid` with everything that is wrong."""
    problems = Problems(where)
    try:
        root = Entry(read_document(text, problems), _FIELDS)
        tests = tuple(_tests(root, words))
        if not tests:
            root.at.complain("there is no test")
        problems.raise_if_any()
    except CatalogError as error:
        raise TestsInvalid(error.message) from None
    return tests


def _tests(root: Entry, words: Vocabulary) -> Iterator[Test]:
    purposes = words.known.purposes or frozenset()
    customers = root.given.get("customers")
    people = _People(
        read_principals(root.required("principals"), words.roles, words.glass),
        read_customers(customers, words.known.traits or {}, purposes),
    )
    now_ms = _time(root, words.now_ms)
    listed = root.required("tests")
    for at in listed.items() if listed is not None else ():
        yield _Reading(Entry(at, _OF_TEST), people, words).test(now_ms)


class _People(NamedTuple):
    principals: Mapping[str, Principal]
    customers: Mapping[str, TestCustomer]


def _time(entry: Entry, otherwise: float) -> float:
    if not entry.has("now"):
        return otherwise
    written = entry.text("now")
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        entry.given["now"].complain("a time is written as in 2026-12-31T00:00:00Z")
        return otherwise
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp() * 1000


class _Reading:
    """One test being read."""

    def __init__(self, entry: Entry, people: _People, words: Vocabulary) -> None:
        self._entry = entry
        self._people = people
        self._words = words

    def test(self, now_ms: float) -> Test:
        """The test, as far as it can be understood."""
        entry = self._entry
        acts, principals = self._acts(), self._people.principals
        expected, customers = dict(self._expected(acts)), self._customers()
        if not customers and any(one.is_of_customers for one in expected.values()):
            entry.at.complain(f"'{HIDDEN}' and '{NO_CONSENT}' are said of customers: name some")
        if not expected:
            entry.at.complain("it tests no question")
        return Test(
            name=entry.text("name") or f"test on line {entry.at.line}",
            line=entry.at.line,
            principals=tuple(
                principals[name] for name in names(entry, "principals", principals, "principal")
            ),
            purposes=self._purposes(),
            acts=acts,
            expected=expected,
            at_ms=_time(entry, now_ms),
            customers=customers,
        )

    def _customers(self) -> tuple[TestCustomer, ...]:
        known = self._people.customers
        if not self._entry.has("customers"):
            return ()
        return tuple(known[name] for name in names(self._entry, "customers", known, "customer"))

    def _acts(self) -> tuple[Act, ...]:
        if not self._entry.has("acts"):
            return (_DEFAULT_ACT,)
        at = self._entry.given["acts"]
        names = [text for one in at.items() if (text := one.text()) is not None]
        return _understood(at, acts_of, names) or (_DEFAULT_ACT,)

    def _purposes(self) -> tuple[str, ...]:
        if not self._entry.has("purposes"):
            return ("",)
        known = self._words.known.purposes or frozenset()
        named = list(names(self._entry, "purposes", known | {ANY, ""}, "purpose"))
        return ("", *sorted(known)) if ANY in named else tuple(named)

    def _expected(self, acts: tuple[Act, ...]) -> Iterator[tuple[str, Expected]]:
        entry = self._entry
        located = entry.required("expect")
        if located is None:
            return
        if not entry.has("coordinates"):
            for name, at in located.fields().items():
                yield from self._each(name, at, at, acts)
            return
        for at in entry.given["coordinates"].items():
            yield from self._each(at.text() or "", at, located, acts)

    def _each(
        self, name: str, at: Located, located: Located, acts: tuple[Act, ...]
    ) -> Iterator[tuple[str, Expected]]:
        expected = _understood(located, Expected.of, located.text())
        covered = self._covered(name, acts)
        if not covered:
            all_names = self._words.known.coordinates or {}
            at.complain(
                f"'{name}' is nothing that {' and '.join(acts)} is asked of"
                f"{did_you_mean(name, all_names)}"
            )
        if expected is not None:
            yield from ((one, expected) for one in covered)

    def _covered(self, name: str, acts: tuple[Act, ...]) -> list[str]:
        """The coordinates that an object is about under every one of the acts."""
        sets = [_covered(name, act, self._words) for act in acts]
        return sorted(set(sets[0]).intersection(*sets[1:]))


def _covered(name: str, act: Act, words: Vocabulary) -> list[str]:
    applicable = words.known.applicable[act].coordinates or {}
    match kind_of(name):
        case Kind.TAG:
            wanted = name.removeprefix(TAG_PREFIX)
            return [one for one, tags in applicable.items() if wanted in tags]
        case Kind.TYPE:
            owner = name.removesuffix("*")
            return [one for one in applicable if one.startswith(owner)]
        case Kind.COORDINATE if name in applicable:
            return [name]
        case kind:
            return [name] if _is_about_all(kind, name, act, words) else []


def _is_about_all(kind: Kind | None, name: str, act: Act, words: Vocabulary) -> bool:
    """Whether it is what an act speaks of that is asked of no coordinate."""
    if kind is Kind.ROLE:
        return act == "break_glass" and name.removeprefix(ROLE_PREFIX) in words.glass
    return act in ("introspect", "ask") and kind in SPOKEN_OF[act]


def _understood(at: Located, read: Callable[..., V], written: object) -> V | None:
    if written is None:
        return None
    try:
        return read(written)
    except ValueError as error:
        at.complain(str(error))
        return None
