"""Roles that the policy keeps apart may do nothing together, however somebody comes to both."""

import pytest
from c360_policy.apart import of_token, pair_warnings
from c360_policy.reading.parsing import parse_policy
from c360_policy.row_policy import row_policy_of
from c360_policy.table import compile_table

POLICY = """
p, author, *, read, , allow, *, , , author-read
p, author, *, write, , allow, *, , , author-write
p, author, *, introspect, , allow, *, , , author-schema
p, approver, *, read, , allow, *, , , approver-read
p, clerk, *, read, , allow, *, , , clerk-read
p, clerk, role:approver, break_glass, , allow, *, , , clerk-open
g, chief, author
"""
TWO_IN_ONE = POLICY.replace("p, clerk, role:approver, break_glass", "p, clerk, role:x, break_glass")
REFUSED = "apart: [{roles: [author, approver], token: refused}]\n"
WARNED = REFUSED.replace("refused", "warned")
COORDINATES = {"Query.customer": frozenset(), "Mutation.upsertRecords": frozenset()}


def table(policy, roles):
    return compile_table(policy, roles, "", COORDINATES, 0.0)


@pytest.mark.parametrize(
    ("roles", "together"),
    [
        (["author"], False),
        (["approver"], False),
        (["author", "clerk"], False),
        (["author", "approver"], True),
        (["chief", "approver"], True),
        (["chief", "approver", "clerk"], True),
    ],
)
def test_a_refused_pair_may_do_nothing_and_a_warned_one_what_both_may(roles, together):
    refused, warned = parse_policy(POLICY, REFUSED), parse_policy(POLICY, WARNED)
    plain = table(parse_policy(POLICY), roles)
    assert table(warned, roles).fingerprint == plain.fingerprint
    assert bool(row_policy_of(warned, roles, "", COORDINATES, 0.0).warned) is together
    found = table(refused, roles)
    assert (found.fingerprint == table(refused, []).fingerprint) is together
    assert found.may_introspect is (plain.may_introspect and not together)
    assert found.may_ask_ad_hoc is not together
    assert refused.refuses(roles) is together and not warned.refuses(roles)
    assert len(list(of_token(refused, roles))) == together


def test_a_pair_is_a_part_of_the_version_and_one_that_is_not_said_is_none():
    versions = {parse_policy(POLICY, stated).version for stated in ("", REFUSED, WARNED)}
    assert len(versions) == 3
    kept = "smallestGroup: {clerk: 3}\n"
    assert "apart" not in parse_policy(POLICY, kept).rows.canonical


def test_the_check_tells_of_pairs_that_are_let_in_and_of_two_in_one():
    both = TWO_IN_ONE + "g, boss, author\ng, boss, approver\n"
    assert list(pair_warnings(parse_policy(TWO_IN_ONE, REFUSED))) == []
    (problems,) = pair_warnings(parse_policy(both, REFUSED))
    assert "'boss' includes both 'approver' and 'author'" in problems
    first, second = pair_warnings(parse_policy(both, WARNED))
    assert "let in together" in first and "with a warning" in second
