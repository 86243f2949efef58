"""A policy's text made into rules and links, or refused with everything that is wrong in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import NamedTuple

from c360_policy.errors import PolicyInvalid, PolicyProblem, refuse_any
from c360_policy.mask.spec import MaskSpec, parse_mask
from c360_policy.objects import ACTS, Kind, act_of, kind_of
from c360_policy.reading.joining import joined, parted
from c360_policy.reading.rows import read_rows as read_row_rules
from c360_policy.reading.seal import seal_problems
from c360_policy.reading.text import Row, read_rows
from c360_policy.rule import ANY, FOREVER, Policy, Rule

_COLUMNS = 9
_EFFECTS = ("allow", "deny")
# Casbin silently answers False for longer chains.
_LONGEST_CHAIN = 9


class Draft(NamedTuple):
    """What the lines that can be understood say, and what is wrong with the others."""

    policy: Policy
    problems: tuple[PolicyProblem, ...]


def parse_policy(text: str, rows: str = "") -> Policy:
    """The policy that a text says, and its `rows.yaml`; raises `PolicyInvalid`.

    That its names mean something is checked against a schema and a catalog: see `names`.
    """
    draft = read_draft(text, rows)
    refuse_any(draft.problems)
    return draft.policy


def read_draft(whole: str, rows_text: str = "") -> Draft:
    """What the texts say, right or wrong: for whoever wants all problems at once."""
    text, beside = parted(joined(whole, rows_text))
    rows = read_rows(text)
    draft, row_draft = _draft(rows.rules, rows.links), read_row_rules(beside)
    problems = (*seal_problems(text), *rows.problems, *draft.problems, *row_draft.problems)
    return Draft(replace(draft.policy, rows=row_draft.rows), problems)


def decode_policy(data: bytes) -> str:
    """The text of a policy file, line ends as they are. Raises `PolicyInvalid`."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise PolicyInvalid(PolicyProblem(line, "the text is not UTF-8")) from None


def policy_of(rules: Sequence[Sequence[str]], links: Sequence[Sequence[str]]) -> Policy:
    """The policy of rules and links that are columns already. Raises `PolicyInvalid`."""
    first_link = len(rules) + 1
    draft = _draft(_numbered(rules, 1), _numbered(links, first_link))
    refuse_any(draft.problems)
    return draft.policy


def _numbered(rows: Sequence[Sequence[str]], first: int) -> tuple[Row, ...]:
    return tuple(Row(number, tuple(row)) for number, row in enumerate(rows, first))


def _draft(rules: Sequence[Row], links: Sequence[Row]) -> Draft:
    problems = [*_repeated(rules), *_unlinked(links)]
    understood: list[Rule] = []
    for row in rules:
        try:
            understood.append(_rule(row))
        except ValueError as error:
            problems.append(PolicyProblem(row.line, f"rule {_name(row)}: {error}"))
    policy = Policy(tuple(understood), _inheritance(links))
    return Draft(policy, (*problems, *_too_long(policy, links), *_held_for_good(policy, links)))


def _inheritance(links: Sequence[Row]) -> dict[str, frozenset[str]]:
    inherits: dict[str, set[str]] = {}
    for link in links:
        if _is_link(link):
            inherits.setdefault(link.columns[0], set()).add(link.columns[1])
    return {role: frozenset(bases) for role, bases in inherits.items()}


def _is_link(row: Row) -> bool:
    return len(row.columns) == 2 and all(row.columns)


def _name(row: Row) -> str:
    if len(row.columns) == _COLUMNS and row.columns[-1]:
        return row.columns[-1]
    return f"for {row.columns[0] if row.columns else '?'}"


def _rule(row: Row) -> Rule:
    """The rule of a row. Raises `ValueError` with the column that is wrong."""
    if len(row.columns) != _COLUMNS:
        raise ValueError(f"{_COLUMNS} columns expected after p, {len(row.columns)} found")
    role, obj, act_name, mask, effect, purpose, not_before, not_after, rule_id = row.columns
    for column, value in (("role", role), ("obj", obj), ("purpose", purpose), ("rule_id", rule_id)):
        if not value:
            raise ValueError(f"column {column} is empty")
    act = act_of(act_name)
    if act is None:
        raise ValueError(f"act is one of {', '.join(ACTS)}")
    if effect not in _EFFECTS:
        raise ValueError("eft is allow or deny")
    if mask and (act != "read" or effect != "allow"):
        raise ValueError("only a rule that allows read can mask")
    if act == "break_glass" and kind_of(obj) is not Kind.ROLE:
        raise ValueError("act break_glass is about role:NAME")
    begin, end = _window(not_before, not_after)
    return Rule(role, obj, act, _mask(mask), effect, purpose, begin, end, rule_id, row.line)


def _mask(text: str) -> MaskSpec | None:
    if not text.isascii():
        raise ValueError("a mask is written in ASCII")
    return parse_mask(text) if text else None


def _window(not_before: str, not_after: str) -> tuple[float, float]:
    begin, end = _instant(not_before, -FOREVER), _instant(not_after, FOREVER)
    if begin >= end:
        raise ValueError("not_before has to be earlier than not_after")
    return begin, end


def _instant(text: str, empty: float) -> float:
    if text in ("", ANY):
        return empty
    if not text.isascii():
        raise ValueError("a time is written in ASCII")
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError("a time is written as in 2026-12-31T00:00:00Z") from None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.timestamp() * 1000


def _repeated(rules: Iterable[Row]) -> Iterator[PolicyProblem]:
    lines: dict[str, int] = {}
    for row in rules:
        if len(row.columns) != _COLUMNS:
            continue
        first = lines.setdefault(row.columns[-1], row.line)
        if first != row.line:
            message = f"rule id {row.columns[-1]!r} is used twice (first on line {first})"
            yield PolicyProblem(row.line, message)


def _unlinked(links: Iterable[Row]) -> Iterator[PolicyProblem]:
    for row in links:
        if not _is_link(row):
            yield PolicyProblem(row.line, "a g line names two roles: who inherits, and from whom")


def _held_for_good(policy: Policy, links: Iterable[Row]) -> Iterator[PolicyProblem]:
    for row in filter(_is_link, links):
        if row.columns[1] in policy.glass_roles:
            message = f"role {row.columns[1]!r} is opened for a while; no other role can include it"
            yield PolicyProblem(row.line, message)


def _too_long(policy: Policy, links: Iterable[Row]) -> Iterator[PolicyProblem]:
    for row in filter(_is_link, links):
        role = row.columns[0]
        reached = frozenset((role,))
        for _ in range(_LONGEST_CHAIN):
            reached |= {base for one in reached for base in policy.inherits.get(one, ())}
        if reached != policy.closure((role,)):
            message = f"role {role!r} inherits over more than {_LONGEST_CHAIN} steps"
            yield PolicyProblem(row.line, message)
