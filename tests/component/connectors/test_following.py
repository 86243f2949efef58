"""How far a connector is in a topic that changes under it; no brokers are needed for that."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import pytest
from c360_connect import topic
from c360_connect.files import AsideFile, StateFile
from c360_connect.inbox import FORGOTTEN
from c360_connect.running import reached
from c360_connect.topic import Following
from c360_connectors.pulling.state import PullState
from c360_connectors.pulling.taking import Taken, Taking
from c360_connectors.reading.connector import parse_connector
from c360_kernel.catalog.loader import default_catalog
from c360_kernel.errors import Transient
from c360_kernel.log.kafka_taking import Offsets, TopicEntry, TopicReader

from c360_cli.connecting.checking import sample_of
from tests.component.connectors.source import EXAMPLES, settings


@dataclass
class Topic:
    """One partition, whose entries are their own offsets; `forgets` with each that is read."""

    name: str = "shop"
    begin: int = 0
    end: int = 0
    gaps: tuple[int, ...] = ()
    forgets: int = 0
    is_gone: bool = False

    @property
    def topic(self) -> str:
        return self.name

    async def span(self) -> tuple[Offsets, Offsets]:
        return {0: self.begin}, {0: self.end}

    async def read(
        self, at: Offsets, most: int, wait_s: float
    ) -> tuple[Sequence[TopicEntry], Offsets]:
        if self.is_gone:
            return [], {}
        first = max(self.begin, at.get(0, 0))
        found = [one for one in range(first, self.end) if one not in self.gaps][:1]
        self.begin += self.forgets
        after = found[-1] + 1 if found else self.end
        return [TopicEntry(0, one, b"%d" % one, {}) for one in found], {0: after}

    async def close(self) -> None:
        """Nothing is open."""


@dataclass
class Rows:
    taken: list[object] = field(default_factory=list[object])

    async def rows(self, rows: Sequence[object]) -> Taken:
        self.taken += rows
        return Taken({}, ())


async def taken(data: Path, source: Topic) -> tuple[Sequence[object], PullState]:
    """What a run takes of a topic, and how it is then."""
    taking = Rows()
    following = Following(
        "shop", cast("TopicReader", source), cast("Taking", taking), AsideFile(data, "shop"),
        StateFile(data, "shop"),
    )  # fmt: skip
    return taking.taken, await following.to_the_end()


async def test_of_another_topic_all_is_taken(tmp_path: Path) -> None:
    assert (await taken(tmp_path, Topic(end=3)))[0] == [0, 1, 2]
    assert (await taken(tmp_path, Topic(end=4)))[0] == [3]
    assert (await taken(tmp_path, Topic("store", end=5)))[0] == [0, 1, 2, 3, 4]


async def test_what_a_topic_forgets_while_others_are_taken_is_counted(tmp_path: Path) -> None:
    rows, state = await taken(tmp_path, Topic(end=7, forgets=3))
    assert (rows, state.counts[FORGOTTEN]) == ([0, 3, 6], 4)


async def test_offsets_without_an_entry_are_not_forgotten(tmp_path: Path) -> None:
    rows, state = await taken(tmp_path, Topic(end=7, gaps=(0, 3, 4, 6)))
    assert (rows, state.counts.get(FORGOTTEN, 0)) == ([1, 2, 5], 0)


async def test_a_topic_that_is_gone_is_told_and_has_no_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(topic, "_QUIET", 1)
    await taken(tmp_path, Topic(end=2))
    with pytest.raises(Transient) as away:
        await taken(tmp_path, Topic(end=3, is_gone=True))
    assert away.value.code == "SOURCE_UNREACHABLE"
    assert StateFile(tmp_path, "shop").load().positions == {}


async def test_a_check_tells_of_brokers_as_of_a_source(tmp_path: Path) -> None:
    chosen, name = settings(tmp_path, brokers="kafka://127.0.0.1:9"), "debezium-customers"
    one = parse_connector((EXAMPLES / f"{name}.yaml").read_text("utf-8"), name)
    async with reached(chosen) as web:
        with pytest.raises(Transient, match="the brokers, or the topic") as away:
            await sample_of(one, web, chosen, default_catalog())
    assert away.value.code == "SOURCE_UNREACHABLE"
