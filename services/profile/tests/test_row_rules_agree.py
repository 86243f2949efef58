"""A row rule chooses the same customers by hand, in Python, in SQL and as a filter of MongoDB.

The filter is read here by MongoDB's rules for the few operators that it is made of; that servers
read it so, `mongodb/test_row_rules.py` says.
"""

import re

from c360_policy.rows.scoping import scope_for
from c360_profile.domain.customer import Customer
from c360_profile.store.mongodb.customers import customer_document
from c360_profile.store.mongodb.filters import filter_of, is_expressible
from hypothesis import example, given, settings
from hypothesis import strategies as st

from libs.policy.tests.test_rows_scope import ATTRIBUTES, ROWS, RULES, TRAITS, in_sql, seen

ABSENT = object()
KINDS = {"bool": bool, "number": (int, float), "string": str, "array": list}
COMPARED = {
    "$gt": lambda one, other: one > other,
    "$gte": lambda one, other: one >= other,
    "$lt": lambda one, other: one < other,
    "$lte": lambda one, other: one <= other,
}


@settings(deadline=None, max_examples=150)
@given(RULES, ROWS, ATTRIBUTES, st.sampled_from(["a", "b"]))
@example([{"not": {"trait": "owner", "op": "equals", "value": "b"}}], [{}, {"owner": "a"}], {}, "a")
@example([{"not": {"trait": "tags", "op": "contains", "value": "$sub"}}], [{}], {}, "a")
def test_a_rule_finds_the_same_everywhere(rules, rows, attributes, subject):
    carried = tuple((name, tuple(values)) for name, values in sorted(attributes.items()))
    scope = scope_for(rules, subject, carried, TRAITS)
    known = {**attributes, "sub": [subject]}
    by_hand = [any(seen(rule, row, known) for rule in rules) for row in rows]
    assert [scope.holds(values_of(row)) for row in rows] == by_hand
    assert in_sql(scope, rows) == by_hand
    assert is_expressible(scope)
    chosen = filter_of(scope)
    documents = [document(f"c{n}", row) for n, row in enumerate(rows)]
    assert [meets(one, chosen) for one in documents] == by_hand


def values_of(row):
    return {name: tuple(v) if isinstance(v, list) else v for name, v in row.items()}


def document(id_, row):
    return {"_id": id_, **customer_document(Customer(id_, 1, values_of(row)))}


def meets(document, chosen):
    return all(_holds(document, key, wanted) for key, wanted in chosen.items())


def _holds(document, key, wanted):
    if key in ("$and", "$or", "$nor"):
        found = [meets(document, one) for one in wanted]
        return {"$and": all(found), "$or": any(found), "$nor": not any(found)}[key]
    value = document
    for name in key.split("."):
        value = value.get(name, ABSENT) if isinstance(value, dict) else ABSENT
    return all(_passes(value, operator, one) for operator, one in wanted.items())


def _passes(value, operator, wanted):
    if operator == "$exists":
        return (value is not ABSENT) == wanted
    if value is ABSENT:
        return False
    match operator:
        case "$type":
            is_flag = isinstance(value, bool)
            return isinstance(value, KINDS[wanted]) and (is_flag == (wanted == "bool"))
        case "$in":
            return value in wanted
        case "$eq":
            return value == wanted or (isinstance(value, list) and wanted in value)
        case "$regex":
            return isinstance(value, str) and re.search(wanted, value) is not None
    return type(value) is type(wanted) and COMPARED[operator](value, wanted)
