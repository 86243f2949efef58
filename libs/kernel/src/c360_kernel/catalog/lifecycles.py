"""Reads `lifecycle:`: in which stage a customer is, the first whose condition holds.

`{tag: behaviour, stages: [{stage: new, when: {trait: orders, op: missing}}, ...]}`. Conditions
are on golden and computed traits, so that a stage changes by itself when a window runs out.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping

from c360_kernel.catalog import names
from c360_kernel.catalog.computed import free_names, refuse_looser
from c360_kernel.catalog.computed_traits import Lifecycle, Stage
from c360_kernel.catalog.document import Located
from c360_kernel.catalog.entry import Entry
from c360_kernel.catalog.model import TraitType
from c360_kernel.catalog.reads import named_by
from c360_kernel.catalog.segments import Vocabulary, checked_condition, own_trait_leaf

_STAGE: re.Pattern[str] = names.SNAKE


def read_lifecycles(
    section: Located, known: Vocabulary, tags: Collection[str]
) -> dict[str, Lifecycle]:
    """`lifecycle:`; `known` has the computed traits among its traits."""
    entries = free_names(section, known.traits)
    return {name: _lifecycle(name, at, known, tags) for name, at in entries.items()}


def _lifecycle(name: str, at: Located, known: Vocabulary, tags: Collection[str]) -> Lifecycle:
    entry = Entry(at, ("tag", "title", "description", "stages"))
    given, tag = entry.required("stages"), entry.tag(tags)
    stages = tuple(_stages(given, known)) if given else ()
    derived = tuple(sorted(_tags(stages, known.traits)))
    refuse_looser(entry, tag, derived)
    return Lifecycle(name, tag, stages, entry.text("description"), entry.titles(), derived)


def _stages(given: Located, known: Vocabulary) -> Iterator[Stage]:
    items, seen = given.items(), set[str]()
    if not items:
        given.complain("needs at least one stage")
    for at in items:
        entry = Entry(at, ("stage", "when"))
        stage, when = entry.required("stage"), entry.required("when")
        name = (stage.text() if stage else None) or ""
        if stage and not _STAGE.fullmatch(name):
            stage.complain(f"'{name}' is not a name: use snake_case")
        elif stage and name in seen:
            stage.complain(f"'{name}' is there twice")
        seen.add(name)
        yield Stage(name, _condition(when, known) if when else {})


def _condition(when: Located, known: Vocabulary) -> Mapping[str, object]:
    return checked_condition(when, {"trait": own_trait_leaf(known)}, known) or {}


def _tags(stages: Collection[Stage], traits: Mapping[str, TraitType]) -> set[str]:
    read = {name for stage in stages for name in named_by(stage.when, "trait")}
    return {tag for name in read for tag in traits[name].tags} - {names.PUBLIC, ""}
