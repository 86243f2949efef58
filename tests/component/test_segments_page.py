"""The examples of docs/segments.md, asked as they stand there."""

from __future__ import annotations

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.component.row_world import SELLERS, RowWorld, record

pytestmark = pytest.mark.asyncio(loop_scope="module")
PAGE = (Path(__file__).parents[2] / "docs" / "segments.md").read_text()
EXAMPLES = re.findall(r"```graphql\n(.*?)```", PAGE, re.DOTALL)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[RowWorld]:
    world = RowWorld(tmp_path_factory.mktemp("page"), "rows: {}\n", SELLERS)
    await world.start(record("anna", name="anna", city="Rome"))
    yield world
    await world.close()


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
async def test_an_example_is_answered(world: RowWorld, number: int) -> None:
    async def work() -> None:
        while True:
            await world.settle("segment")
            await asyncio.sleep(0.01)

    working = asyncio.create_task(work())
    try:
        answer = await world.ask(EXAMPLES[number], "privacy_officer")
    finally:
        working.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await working
    assert "errors" not in answer, answer
    assert None not in answer["data"].values()


async def test_the_page_has_them() -> None:
    assert len(EXAMPLES) == 7
