"""The part of the contract of identity stores that scored matching needs: beside `contract`."""

from __future__ import annotations

from collections.abc import Mapping

from c360_kernel.evidence.model import Pair, pair_of
from c360_kernel.record import RecordKey

from c360_identity.domain.model import SourceRecord
from c360_identity.store.matching_port import Blocks, Doubtful, Match, MatchingChanges, Placed
from c360_identity.store.port import EvidenceChanges, IdentityStore
from c360_identity.testing.entries import stamp

ANN, BEN, CLO = (RecordKey("crm", key) for key in ("安/1", "ben", "clo"))
_NO_MATCHES: Mapping[Pair, Match | None] = {}
HIGH, LOW = 2**63 - 1, -(2**63)
"""Blocks are signed numbers of 64 bits."""


def placed(said: str, *entered: int, left: tuple[int, ...] = ()) -> Placed:
    """A record that says this, with the blocks it enters and leaves."""
    return Placed(said, frozenset(entered), frozenset(left))


def _held(found: Blocks) -> dict[int, set[RecordKey]]:
    """Who is in those blocks that do not hold too many."""
    return {key: set(held) for key, held in found.members.items() if held}


class MatchingStoreContract:
    """Over the fixture `store` of `IdentityStoreContract`."""

    async def _keep(
        self,
        store: IdentityStore,
        said: Mapping[RecordKey, Placed],
        matches: Mapping[Pair, Match | None] = _NO_MATCHES,
    ) -> None:
        ages = {ANN: stamp(1), BEN: stamp(2), CLO: stamp(3)}
        async with store.unit() as unit:
            known = await unit.records(list(ages))
            new = [SourceRecord(key, age) for key, age in ages.items() if key not in known]
            await unit.keep(EvidenceChanges(new))
            await unit.keep_matching(MatchingChanges(said, matches))

    async def test_what_is_compared_reads_back_until_nothing_is(self, store: IdentityStore) -> None:
        await self._keep(store, {ANN: placed('[["name","安"]]', HIGH, 1), BEN: placed("b", 1, LOW)})
        async with store.unit() as unit:
            assert await unit.compared([ANN, BEN, CLO]) == {ANN: '[["name","安"]]', BEN: "b"}
            found = await unit.blocks(dict.fromkeys([HIGH, 1, LOW, 7], 9))
            assert _held(found) == {HIGH: {ANN}, 1: {ANN, BEN}, LOW: {BEN}}
            assert found.said == {ANN: '[["name","安"]]', BEN: "b"}
            assert _held(await unit.blocks({1: 3, HIGH: 3}))[1] == {ANN, BEN}
            assert (await unit.blocks({1: 2})).members == {1: None}
            each = await unit.blocks({1: 2, HIGH: 2, LOW: 1})
            assert each.members == {1: None, HIGH: [ANN], LOW: None}
        assert await store.compared([ANN, CLO]) == {ANN: '[["name","安"]]'}
        assert await store.compared([]) == {}
        await self._keep(store, {ANN: placed("", left=(HIGH, 1)), BEN: placed("c", 5, left=(1,))})
        async with store.unit() as unit:
            assert await unit.compared([ANN, BEN]) == {BEN: "c"}
            found = await unit.blocks(dict.fromkeys([HIGH, 1, LOW, 5], 9))
            assert _held(found) == {LOW: {BEN}, 5: {BEN}}
            assert found.said == {BEN: "c"}

    async def test_a_unit_reads_what_it_wrote(self, store: IdentityStore) -> None:
        async with store.unit() as unit:
            known = [ANN, BEN, CLO]
            await unit.keep(EvidenceChanges([SourceRecord(key, stamp(1)) for key in known]))
            pair, doubtful = pair_of(ANN, BEN), pair_of(BEN, CLO)
            said = {ANN: placed("a", 1), BEN: placed("b", 1), CLO: placed("c")}
            pairs = {pair: Match(4.5, True), doubtful: Match(1.5, False)}
            await unit.keep_matching(MatchingChanges(said, pairs))
            assert await unit.compared([ANN, BEN]) == {ANN: "a", BEN: "b"}
            assert await unit.matches_about([BEN]) == pairs
            assert await unit.evidence_about([BEN]) == {pair: 4.5}
            assert await unit.evidence_about([]) == {}
            assert _held(await unit.blocks({1: 9})) == {1: {ANN, BEN}}

    async def test_pairs_read_back_by_either_record_and_as_they_are_now(
        self, store: IdentityStore
    ) -> None:
        said = {ANN: placed("a"), BEN: placed("b"), CLO: placed("c")}
        first, second = pair_of(ANN, BEN), pair_of(BEN, CLO)
        pairs = {first: Match(5.25, True), second: Match(-1.5, False)}
        await self._keep(store, said, pairs)
        assert await store.matches_about([ANN]) == {first: Match(5.25, True)}
        assert await store.matches_about([BEN]) == pairs
        assert await store.matches_about([]) == {}
        await self._keep(store, {}, {first: Match(0.0, False), second: None})
        assert await store.matches_about([ANN, BEN, CLO]) == {first: Match(0.0, False)}

    async def test_pairs_in_doubt_come_by_when_both_were_known(self, store: IdentityStore) -> None:
        said = {ANN: placed("a"), BEN: placed("b"), CLO: placed("c")}
        early, late, other = pair_of(ANN, BEN), pair_of(ANN, CLO), pair_of(BEN, CLO)
        pairs = {late: Match(0.5, False), early: Match(-1.0, False), other: Match(6.0, True)}
        await self._keep(store, said, pairs)
        expected = [Doubtful(early, stamp(2), -1.0), Doubtful(late, stamp(3), 0.5)]
        assert list(await store.doubtful("", 0, 9)) == expected
        assert list(await store.doubtful("", 1, 9)) == expected[1:]
        assert list(await store.doubtful("", 0, 1)) == expected[:1]
        assert list(await store.doubtful(stamp(3), 0, 9)) == expected[1:]
        assert list(await store.doubtful(stamp(4), 0, 9)) == []
