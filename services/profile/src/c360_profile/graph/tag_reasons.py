"""`Customer.tagRules`: which rules give a customer tags, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import strawberry
from c360_kernel.catalog.reads import coordinates_read
from c360_kernel.conditions.facts import SOURCES
from c360_kernel.conditions.tree import leaves
from c360_kernel.subgraph.listing import First, listed
from c360_kernel.subgraph.scalars import DateTime
from c360_kernel.visibility import TAGS, TIMELINE, tag_shown

from c360_profile.domain.computed.givers import Giver
from c360_profile.domain.computed.tallies import min_of
from c360_profile.graph.context import Info
from c360_profile.graph.ruling import Ruling, ruling
from c360_profile.graph.stages import changes_of
from c360_profile.graph.tags import author_of

TAG_RULES = (
    "The rules that give tags which you see: whether each gives its tag to the customer, by what,"
    " and when that changes by itself."
)


@strawberry.type(description="A test that a rule makes; the value that it looks at is not told.")
class TagEvidence:
    """GraphQL type."""

    of: str = strawberry.field(
        description="A trait by its name, `consent:PURPOSE`, `tag:NAME` or `sources`."
    )
    holds: bool = strawberry.field(description="Whether it passes now.")


@strawberry.type(description="A rule of the catalog that gives a tag, and what it says here.")
class TagRule:
    """GraphQL type."""

    tag: str = strawberry.field(description="The tag's name, a field of `CustomerTags`.")
    author: str = strawberry.field(description="The catalog and its version.")
    given: bool = strawberry.field(description="Whether the customer has the tag by it.")
    holds: bool = strawberry.field(
        description="Whether it holds now; one that does not may keep what it gave."
    )
    expires_at: DateTime | None = strawberry.field(
        description="When what it keeps is over unless it holds again; null while it holds."
    )
    evidence: list[TagEvidence] | None = strawberry.field(
        description="What it is on. Null where you see some of that masked or not at all."
    )
    changes_at: DateTime | None = strawberry.field(
        description="When what it is on changes, or may, though nothing happens; null if it never"
        " does, or you are not told of what it is on, or see no timeline."
    )


async def tag_rules(root: Any, info: Info, first: First = None) -> list[TagRule] | None:  # noqa: ANN401
    """The resolver of `Customer.tagRules`."""
    if not info.context.rules.givers:
        return []
    found = await ruling(root.id, info)
    if found is None:
        return None
    changes = await changes_of(info, root.id)
    return list(listed(list(_told(info, found, changes)), first))


def _told(info: Info, found: Ruling, changes: dict[str, int | None]) -> Iterator[TagRule]:
    visibility = info.context.caller.visibility
    for giver in info.context.rules.givers:
        if not {*TAGS, tag_shown(giver.tag)} <= visibility.seen:
            continue
        given = found.given.get(giver.tag)
        until = given.until if given else None
        read = coordinates_read(giver.rule.when)
        is_explained = {*read, tag_shown(giver.tag)} <= visibility.used
        at = min_of(changes.get(name) for name in _computed(giver)) if is_explained else None
        yield TagRule(
            tag=giver.tag,
            author=author_of(info.context.rules.catalog, giver.tag),
            given=given is not None,
            holds=given is not None and given.holds,
            expires_at=None if until is None else DateTime(until),
            evidence=list(_evidence(giver, found)) if is_explained else None,
            changes_at=None if at is None or TIMELINE not in visibility.seen else DateTime(at),
        )


def _computed(giver: Giver) -> Iterator[str]:
    return (one.trait.name for one in giver.computing)


def _evidence(giver: Giver, found: Ruling) -> Iterator[TagEvidence]:
    known = found.state.known
    for test in leaves(giver.condition):
        of = "sources" if test.name == SOURCES else test.name
        yield TagEvidence(of=of, holds=test.holds(known))
