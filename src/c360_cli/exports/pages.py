"""Customers of an instance, all or those that are chosen, page by page, as an export."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from c360_kernel.errors import Invalid, NotFound

from c360_cli.api.asking import Api
from c360_cli.exports.chosen import ALL, Chosen

_PAGE = 200
_CUSTOMERS = """query Export($first: Int, $after: String) {
  list: customers(first: $first, after: $after) {
    edges { node { id %s } } pageInfo { hasNextPage endCursor } } }"""
_FOUND = """query ExportFound($first: Int, $after: String, $filter: CustomerFilter) {
  list: customers(first: $first, after: $after, filter: $filter) {
    edges { node { id %s } } pageInfo { hasNextPage endCursor } } }"""
_MEMBERS = """query ExportSegment($first: Int, $after: String, $segment: ID!) {
  segment(name: $segment) { list: members(first: $first, after: $after) {
    edges { node { id %s } } pageInfo { hasNextPage endCursor } } } }"""


def export_headers(reason: str, ticket: str | None) -> Mapping[str, str]:
    """What says that a request takes data out in bulk, and why."""
    headers = {"c360-export": "true", "c360-reason": quote(reason)}
    # What no ticket is written with is left to the instance to refuse.
    return headers | ({"c360-ticket": quote(ticket, "/:#")} if ticket else {})


class Page(NamedTuple):
    """A flat object for each customer, and the cursor behind the last; None where no more come."""

    rows: Sequence[Mapping[str, Any]]
    after: str | None


def exported(
    api: Api, role: str, fields: Sequence[str], chosen: Chosen = ALL, after: str | None = None
) -> Iterator[Page]:
    """Of each chosen customer behind a cursor its id and these fields of its golden profile.

    A field that the role may not take out is null. Raises `Invalid` with the code of the refusal,
    `NotFound` (SEGMENT_UNKNOWN).
    """
    selected = f"profile {{ {' '.join(fields)} }}" if fields else ""
    query, variables = _question(chosen)
    variables["after"] = after
    while True:
        data = api.ask_what_may_be_seen(role, query % selected, variables)
        page = _page(data, chosen.segment)
        nodes = [edge["node"] for edge in page["edges"]]
        rows = [{"id": one["id"], **(one.get("profile") or {})} for one in nodes]
        info = page["pageInfo"]
        after = info["endCursor"] if info["hasNextPage"] else None
        yield Page(rows, after)
        if after is None:
            return
        variables["after"] = after


def _question(chosen: Chosen) -> tuple[str, dict[str, object]]:
    """What is asked, with a `%s` for what of each customer, and with which values."""
    variables: dict[str, object] = {"first": _PAGE}
    if chosen.segment is not None:
        return _MEMBERS, variables | {"segment": chosen.segment}
    if chosen.filter is not None:
        return _FOUND, variables | {"filter": chosen.filter}
    return _CUSTOMERS, variables


def _page(data: Mapping[str, Any], segment: str | None) -> Mapping[str, Any]:
    found = data if segment is None else data["segment"]
    if found is None:
        raise NotFound(f"no segment {segment!r} is known to this role", code="SEGMENT_UNKNOWN")
    if found["list"] is None:
        raise Invalid("this role may not take customers out in bulk", code="FIELD_DENIED")
    return found["list"]
