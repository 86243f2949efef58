"""A process killed between two writes loses nothing and tells nothing wrong."""

import pytest
from c360_kernel.testing.mongodb_killed import expect_completed
from c360_profile.testing.quality import kept_cells

from services.profile.tests.mongodb.told import service_on, world

pytestmark = pytest.mark.servers


# The first two writes make the store; a run has more than sixteen.
@pytest.mark.parametrize("writes", [4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14])
async def test_what_was_half_written_is_completed(tmp_path, database_url, writes):
    # Whole payloads: also the version that was told is that of the state.
    told = lambda payload: payload  # noqa: E731
    await expect_completed(service_on, world(8), tmp_path, database_url, writes, told, kept_cells)
