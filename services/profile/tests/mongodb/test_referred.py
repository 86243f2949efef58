"""Customers are found on a server by what their traits refer to as they are in Python."""

import pytest
from c360_profile.testing.referred import filters, found, meant, people, put, worlds
from hypothesis import HealthCheck, given, settings

pytestmark = pytest.mark.servers


@settings(deadline=None, max_examples=15, suppress_health_check=list(HealthCheck))
@given(everybody=people, said=worlds, asked=filters)
async def test_a_server_finds_whom_it_means(fresh_store, everybody, said, asked):
    async with fresh_store() as store:
        await put(store, everybody, said)
        assert await found(store, asked) == meant(everybody, said, asked)
