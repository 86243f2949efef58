"""Row rules choose on a server whom they choose in Python, on pages, in counts and by id."""

import pytest
from c360_kernel.conditions.tree import EVERYBODY
from c360_policy.rows.scoping import scope_for
from c360_profile.domain.customer import Customer
from c360_profile.domain.query import CustomerQuery
from c360_profile.store.scoped import within
from c360_profile.testing.contract import ids, save_customers
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.policy.tests.test_rows_scope import ATTRIBUTES, ROWS, RULES, TRAITS

pytestmark = pytest.mark.servers


@settings(deadline=None, max_examples=20, suppress_health_check=list(HealthCheck))
@given(RULES, ROWS, ATTRIBUTES, st.sampled_from(["a", "b"]))
async def test_a_server_finds_whom_the_rule_means(fresh_store, rules, rows, attributes, subject):
    carried = tuple((name, tuple(values)) for name, values in sorted(attributes.items()))
    scope = scope_for(rules, subject, carried, TRAITS)
    people = {
        f"c{n}": {k: tuple(v) if isinstance(v, list) else v for k, v in row.items()}
        for n, row in enumerate(rows)
    }
    meant = sorted(id_ for id_, values in people.items() if scope.holds(values))
    async with fresh_store() as store:
        await save_customers(store, *(Customer(i, 1, values) for i, values in people.items()))
        assert sorted(await store.matching(scope)) == meant
        seen = within(store, scope)
        assert sorted(await ids(seen, CustomerQuery())) == meant
        assert await seen.count(EVERYBODY) == len(meant)
        assert sorted(await seen.customers(people)) == meant
