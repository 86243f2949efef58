"""What an instance answers about evidence, in words for a person at a terminal."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, cast

Answer = Mapping[str, Any]
_REFUSED = {
    "GUARD": "too many carry it: it says nothing about anybody",
    "LIMIT": "one customer may not hold that much of: {by}",
    "SEPARATION": "what they hold of this type tells them apart: {by}",
    "STEWARD": "a steward said: not the same",
    "WITHDRAWN": "a source took it back",
    "BLOCK": "no blocking rule holds for the two, so they were never compared",
    "SCORE": "they are not alike enough",
}


def explained(a: str, b: str, answer: Answer) -> Iterator[str]:
    """Why two records are one customer, or why they are not."""
    if answer["together"]:
        yield f"{a} and {b} are one customer."
        paths = cast("list[Answer]", answer["paths"] or [])
        for number, path in enumerate(paths, start=1):
            yield f"{number}. path, {len(path['steps'])} steps"
            for step in path["steps"]:
                yield f"   {_step(step)}"
                yield from _parts(step, "      ")
        if answer["morePaths"]:
            yield "There are more paths."
        return
    yield f"{a} and {b} are not one customer."
    yield from refused(answer)


def refused(answer: Answer) -> Iterator[str]:
    """What kept two records apart."""
    refusals = cast("list[Answer]", answer["refusals"] or [])
    if not refusals:
        yield "Nothing connects them."
    for refusal in refusals:
        why = _REFUSED[refusal["kind"]].format(by=refusal["by"] or "their identifiers")
        yield f"- {_about(refusal)}: {why}{_scored(refusal)}"
        yield from _parts(refusal, "   ")
        yield from (f"   {edge_line(edge)}" for edge in refusal["edges"] or ())


def reviewed(page: Answer) -> Iterator[str]:
    """A page of what may have to be decided."""
    edges = cast("list[Answer]", page["edges"])
    if not edges:
        yield "Nothing waits for a decision."
    for edge in edges:
        node, evidence = edge["node"], edge["node"]["evidence"]
        about = f"{named(node['a'])} {named(node['b'])}"
        yield f"{about}: {_about(evidence)}, {str(node['kind']).lower()}{_scored(evidence)}"
    if page["pageInfo"]["hasNextPage"]:
        yield f"There is more: --after {page['pageInfo']['endCursor']}"


def happened(customer: Answer) -> Iterator[str]:
    """How a customer came to be."""
    yield f"customer {customer['id']}"
    for one in cast("list[Answer]", customer["decisions"] or []):
        if one["decisionId"] is not None:
            stands = "" if one["stands"] else ", taken back or overruled"
            about = f"{named(one['record'])} and {named(one['other'])}"
            deed = f"{one['actor']} said {one['cause']}"
            yield f"{one['at']}  {deed}: {about}: {one['reason']}{stands}"
        else:
            moved = f"{one['leftId'] or 'nobody'} to {one['customerId'] or 'nobody'}"
            yield f"{one['at']}  {named(one['record'])}: {moved} ({one['cause']})"


def was(past: Answer | None) -> Iterator[str]:
    """Who a record was at a past time."""
    if past is None:
        yield "nobody"
        return
    yield f"customer {past['id']}"
    for record in cast("list[Answer]", past["records"] or []):
        yield f"- {named(record)}"


def edge_line(edge: Answer) -> str:
    """One edge of evidence."""
    return f"{named(edge['record'])}, {lasting(edge)}, {str(edge['state']).lower()}"


def lasting(edge: Answer) -> str:
    """From when on an edge holds, and until when."""
    until = edge.get("until")
    return f"since {edge['since']}{f' until {until}' if until else ''}"


def named(record: Answer | None) -> str:
    """A record as it is written on the command line."""
    if record is None:
        return "a deleted record"
    return f"{record['source']}/{record['key'] if record['key'] is not None else '***'}"


def values_of(identifiers: Answer | None) -> str:
    """The values of an identifier that may be seen."""
    held: Iterable[list[str] | None] = (identifiers or {}).values()
    return ", ".join(value for values in held for value in values or ())


def _step(step: Answer) -> str:
    ends = f"{named(step['from'])} and {named(step['to'])}"
    return f"{ends}: {_about(step)}, since {step['since']}{_scored(step)}"


def _scored(answer: Answer) -> str:
    if answer.get("score") is None:
        return ""
    return f", {bits_of(answer)} by model {answer.get('model')}"


def bits_of(answer: Answer) -> str:
    """A score; of one with parts that are hidden no more is told than what it reaches."""
    more = " or more" if answer.get("scoreRounded") else ""
    return f"{answer['score']:.1f} bits{more}"


def _parts(answer: Answer, indent: str) -> Iterator[str]:
    """What a score is made of, as far as it may be seen."""
    parts = cast("Mapping[str, Answer | None]", answer.get("parts") or {})
    for name, part in parts.items():
        if part:
            yield f"{indent}{name} ({part['field']}): {part['level']}, {part['weight']:+.1f} bits"


def _about(step: Answer) -> str:
    values = values_of(step["identifier"])
    return f"{step['rule']} {values}" if values else str(step["rule"])
