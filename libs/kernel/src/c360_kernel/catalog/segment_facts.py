"""Checks what the condition of a segment says of facts beside traits, and of chance.

- `{tag: complaint}` is had; `{tag: churn_risk, op: at_least, value: 70}` compares its value;
- `{consent: marketing, is: granted}` holds; without `is` something was said;
- `{source: crm}` has a record of the customer;
- `{bucket: {percent: 10, of: spring}}` is a tenth of everybody, the same customers every time.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import get_args

from c360_kernel.catalog.model import CustomerTag
from c360_kernel.conditions.checking import (
    Fault,
    Faults,
    Fields,
    LeafCheck,
    Path,
    comparison,
    given_in,
    mapping,
    name_leaf,
    unknown_fields,
    word,
)
from c360_kernel.payload import ConsentStatus

_STATES = get_args(ConsentStatus)
_ALL = 100


def fact_leaves(
    tags: Mapping[str, CustomerTag], purposes: Collection[str], sources: Collection[str]
) -> Mapping[str, LeafCheck]:
    """Their forms by the first word."""
    return {
        "tag": _tag_leaf(tags),
        "consent": _consent_leaf(purposes),
        "bucket": _bucket,
        "source": name_leaf("source", sources),
    }


def _tag_leaf(tags: Mapping[str, CustomerTag]) -> LeafCheck:
    def check(fields: Fields, path: Path) -> Faults:
        yield from unknown_fields(fields, ("tag", "op", "value"), path)
        tag = tags.get((yield from word(fields, "tag", tags, "tag", path)) or "")
        if given_in(fields, "op"):
            yield from comparison(fields, tag.value_type if tag else None, path)
            yield from _choices(fields.get("value"), tag, (*path, "value"))
        elif "value" in fields:
            yield Fault(path, "'op' is missing")

    return check


def _choices(value: object, tag: CustomerTag | None, path: Path) -> Faults:
    for one in value if isinstance(value, list) else [value]:
        if tag and tag.choices and isinstance(one, str) and one not in tag.choices:
            yield Fault(path, f"'{one}' is not a choice of '{tag.name}'")


def _consent_leaf(purposes: Collection[str]) -> LeafCheck:
    def check(fields: Fields, path: Path) -> Faults:
        yield from unknown_fields(fields, ("consent", "is"), path)
        yield from word(fields, "consent", purposes, "purpose", path)
        if "is" in fields:
            yield from word(fields, "is", _STATES, "state of consent", path)

    return check


def _bucket(fields: Fields, path: Path) -> Faults:
    yield from unknown_fields(fields, ("bucket",), path)
    here = (*path, "bucket")
    asked = yield from mapping(fields["bucket"], here)
    if asked is None:
        return
    yield from unknown_fields(asked, ("percent", "of"), here)
    percent, of = asked.get("percent"), asked.get("of")
    if isinstance(percent, bool) or not isinstance(percent, int | float) or not 0 < percent < _ALL:
        yield Fault((*here, "percent") if "percent" in asked else here, _PERCENT)
    if not isinstance(of, str) or not of.strip():
        yield Fault((*here, "of") if "of" in asked else here, _OF)


_PERCENT = "'percent' must be a number above 0 and below 100"
_OF = "'of' must be a text that names what is drawn: another text draws others"
