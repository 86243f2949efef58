"""`fields:` of a destination: expressions of the mapping language over what may be told."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Collection, Mapping

from c360_kernel.catalog.destinations import SAID, names_said
from c360_kernel.catalog.model import Destination
from c360_kernel.errors import SettingsError
from c360_kernel.nearest import did_you_mean
from c360_mapping import nodes
from c360_mapping.expression import Defaults, Expression
from c360_mapping.expressions import compile_expression
from c360_mapping.refusals import MappingInvalid

from c360_activation.domain.parcel import Cells, Fields

_DEFAULTS = Defaults(flat=False, empty_values=frozenset(), zone=None, drops=False)
_ITEM = re.compile(r"\[\d*\]")


def fields_of(destination: Destination) -> Fields | None:
    """What makes the fields of a destination, None for one without.

    What it makes raises `RowRefused` for a value that an expression does not take. Raises
    `SettingsError` (DESTINATION_INVALID) for an expression that is none.
    """
    if not destination.fields:
        return None
    known = [*SAID, *names_said(destination.traits, destination.hashes, ())]
    compiled = {
        name: _compiled(f"destinations.{destination.name}.fields.{name}", one, known)
        for name, one in destination.fields.items()
    }
    return lambda cells: _made(compiled, cells)


def _made(compiled: Mapping[str, Expression], cells: Cells) -> Mapping[str, object]:
    return {name: one.value(cells, Counter()) for name, one in compiled.items()}


def _compiled(path: str, given: object, known: Collection[str]) -> Expression:
    try:
        # JSON is YAML, which expressions are compiled from.
        found = compile_expression(nodes.parse(json.dumps(given)), path, _DEFAULTS)
    except MappingInvalid as error:
        raise _invalid(error.message.partition(": ")[2]) from error
    for one in found.references:
        if _ITEM.sub("", one.name) not in known:
            hint = did_you_mean(one.name, known) or f"; known: {', '.join(sorted(known))}"
            raise _invalid(f"{path}: unknown name '{one.name}'{hint}")
    return found


def _invalid(message: str) -> SettingsError:
    return SettingsError(message, code="DESTINATION_INVALID")
