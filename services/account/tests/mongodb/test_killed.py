"""A process killed between two writes loses nothing and tells nothing wrong."""

import pytest
from c360_kernel.testing.mongodb_killed import expect_completed

from services.account.tests.mongodb.told import service_on, world

pytestmark = pytest.mark.servers


# The first two writes make the store. A run has more than fifteen.
@pytest.mark.parametrize("writes", range(4, 16, 2))
async def test_what_was_half_written_is_completed(tmp_path, database_url, writes):
    # What is told of an account has a version of its own; the state has none.
    told = lambda payload: payload.account  # noqa: E731
    await expect_completed(service_on, world(12), tmp_path, database_url, writes, told)
