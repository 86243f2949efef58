"""Units that run at once over events of one customer end where one after the other does."""

import pytest
from c360_kernel.errors import Conflict
from c360_profile.store.mongodb.store import open_store
from c360_profile.testing.computing import HANDLER, START, expected, held, take
from c360_profile.testing.consumptions import KEYS
from c360_profile.testing.entries import assigned, tracked

pytestmark = pytest.mark.servers


async def test_who_counted_without_the_others_event_has_to_repeat(database_url):
    one, other = open_store(database_url), open_store(database_url)
    first, second = (
        tracked(KEYS[0], name, at=START + at, properties={"amount": 1.0})
        for name, at in (("m1", 1), ("m2", 2))
    )
    await take(one, [assigned(KEYS[0], "c1", at=1)])
    with pytest.raises(Conflict):
        async with one.unit() as unit:
            await HANDLER.handle(unit, [first])
            await take(other, [second])
    await take(one, [first])
    assert (await held(one))["c1"]["countEver"] == 2
    assert await held(one) == await expected(one)
    await one.close()
    await other.close()
