"""A store is fed under the basis that it was derived by, and under no other."""

import pytest
from c360_kernel.errors import Unusable
from c360_kernel.log.entry import Partition
from c360_kernel.projection.basis import is_current, mark


class Marked:
    def __init__(self, fed=False, basis=None):
        self.fed, self.basis = fed, basis

    async def positions(self):
        return {Partition("records", 0): 1} if self.fed else {}

    async def derived_by(self):
        return self.basis

    async def derive_by(self, basis):
        self.basis = basis


@pytest.mark.parametrize("before", [None, "old"])
async def test_a_store_that_was_never_fed_is_of_any_basis(before):
    store = Marked(basis=before)
    assert await is_current(store, "new")
    await mark(store, "new", "the rules", "identity")
    assert store.basis == "new"


async def test_a_store_is_fed_on_under_its_own_basis():
    store = Marked(fed=True, basis="now")
    assert await is_current(store, "now")
    await mark(store, "now", "the rules", "identity")
    assert store.basis == "now"


@pytest.mark.parametrize("before", [None, "old"])
async def test_a_store_of_another_basis_is_refused_and_says_what_mends_it(before):
    store = Marked(fed=True, basis=before)
    assert not await is_current(store, "now")
    with pytest.raises(
        Unusable, match=r"^the rules, changed: .+ --projection identity`"
    ) as refused:
        await mark(store, "now", "the rules", "identity")
    assert refused.value.code == "CATALOG_CHANGED"
    assert store.basis == before
