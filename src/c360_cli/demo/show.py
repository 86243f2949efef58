"""Running the demonstration: start, load once, ask, print, and stay up in a terminal."""

from __future__ import annotations

import asyncio
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from c360_kernel.errors import Invalid
from c360_kernel.log.port import EventLog
from c360_kernel.log.topics import RECORDS
from rich.console import Console
from rich.syntax import Syntax
from uvicorn import Server

from c360_cli.api.credentials import local_token
from c360_cli.assembly import Instance
from c360_cli.demo import auditing, computing, deciding, explaining
from c360_cli.demo.asking import ask
from c360_cli.demo.invitation import invitation
from c360_cli.demo.load import load_events, load_world
from c360_cli.demo.questions import QUESTIONS, Question
from c360_cli.generate import World, generate_world
from c360_cli.projections.mending import mend_stores
from c360_cli.projections.status import read_status
from c360_cli.running.gateway_process import all_in_one
from c360_cli.running.locking import sole_instance
from c360_cli.running.ports import refuse_taken
from c360_cli.topology import NAMES

CUSTOMERS = 200
SEED = 360
_HOST = "127.0.0.1"
_POLL_S = 0.1
_SETTLE_S = 120.0
# Those who asked for the phone before: of these, two at least were shown something.
_LOOKS = 2


@dataclass(frozen=True, slots=True)
class Demo:
    """An instance, the world in it and where it answers."""

    instance: Instance
    world: World
    url: str
    console: Console

    def mint(self, role: str) -> str:
        """A token of the local issuer."""
        return local_token(self.instance.directory.root, [role], f"demo-{role}")

    async def run(self) -> None:
        """Load, ask and show."""
        log = self.instance.open_log()
        try:
            await self.load(log)
            await self.ask_all()
            await self.explain()
            await self.decide(log)
            await self.compute(log)
        finally:
            await log.close()

    async def load(self, log: EventLog) -> None:
        """Send the world unless it is there, and wait until everything is derived."""
        if not any((await log.ends([RECORDS])).values()):
            self.console.print(f"loading {CUSTOMERS} customers seen by five systems …")
            refused = await asyncio.to_thread(
                load_world, self.world, self.url, lambda: self.mint("connector")
            )
            if refused:
                raise Invalid(f"{refused} items were refused", code="DEMO_REFUSED")
        await self._settled(log)

    async def explain(self) -> None:
        """Where a phone comes from and what it beat, and what was known before."""

        async def ask_officer(query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
            return await self._ask(explaining.ROLE, query, variables)

        found = await explaining.find(self.world, ask_officer)
        self._show(explaining.WHY, {"data": {"customerByRecord": found.answer}})
        self.console.print(found.line())
        then = {**found.about, "at": found.day_before}
        self._show(explaining.THEN, await ask_officer(explaining.THEN.query, then))

    async def decide(self, log: EventLog) -> None:
        """Join two customers, take them apart, take that back: in the end all is as it was."""
        self.console.rule(f"{deciding.ROLE}: {deciding.TITLE}")
        self.console.print(deciding.LOOK_FOR)
        pair = await deciding.find_pair(self.world, self._as_steward)
        shown = await deciding.show(pair, self._as_steward, lambda: self._settled(log))
        for moment in shown:
            self.console.print(*moment.lines(), sep="\n", soft_wrap=True, markup=False)
        self.console.print("equal before and after: profile, timeline, consents, segments and ids")

    async def compute(self, log: EventLog) -> None:
        """Let a window run out: a value that is there, why, and that it goes by itself."""
        if not computing.is_computed(self.instance.catalog):
            self.console.print(f"left out: this catalog has no {computing.TRAIT}")
            return
        source, key = best_known(self.world)
        line = computing.view(source, key, datetime.now(UTC))
        await asyncio.to_thread(load_events, [line], self.url, lambda: self.mint("connector"))
        await self._settled(log)
        about = {"source": source, "key": key}
        self._show(computing.WHY, await self._ask(computing.ROLE, computing.WHY.query, about))
        async with asyncio.timeout(_SETTLE_S):
            answer = await self._ask(computing.ROLE, computing.WHY.query, about)
            while computing.value_in(answer) is not None:
                await asyncio.sleep(_POLL_S)
                answer = await self._ask(computing.ROLE, computing.WHY.query, about)
        self.console.print("nothing happened but time, the window ran out:")
        self.console.print_json(data=answer)

    async def _as_steward(self, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        answer = await self._ask(deciding.ROLE, query, variables)
        if answer.get("data") is None:
            raise Invalid("a steward was not answered", code="DEMO_REFUSED")
        return answer["data"]

    async def _settled(self, log: EventLog) -> None:
        async with asyncio.timeout(_SETTLE_S):
            while (await read_status(self.instance, log)).lag:
                await log.changed(_POLL_S)

    async def ask_all(self) -> None:
        """Ask about the person that most systems know, and then who saw the phone."""
        source, key = best_known(self.world)
        about = {"source": source, "key": key}
        answers = [await self._ask(one.role, one.query, about) for one in QUESTIONS]
        for question, answer in zip(QUESTIONS, answers, strict=True):
            self._show(question, answer)
        await self.ask_who_saw(answers[0]["data"]["customerByRecord"]["id"])

    async def ask_who_saw(self, customer: str) -> None:
        """Ask as an auditor who saw the phone, and check each proof."""
        async with asyncio.timeout(_SETTLE_S):
            answer = await self._who_saw(customer)
            while len(auditing.looks_in(answer)) < _LOOKS:
                await asyncio.sleep(_POLL_S)
                answer = await self._who_saw(customer)
        question = Question(auditing.ROLE, auditing.TITLE, auditing.LOOK_FOR, auditing.QUERY)
        self._show(question, auditing.shortened(answer))
        keys = self.instance.directory.signing_keys("audit")
        self.console.print(*auditing.proved(answer, keys), sep="\n")

    async def _who_saw(self, customer: str) -> dict[str, Any]:
        return await self._ask(auditing.ROLE, auditing.QUERY, {"customer": customer})

    async def _ask(self, role: str, query: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        return await asyncio.to_thread(ask, self.url, self.mint(role), query, variables)

    def _show(self, question: Question, answer: object) -> None:
        self.console.rule(f"{question.role}: {question.title}")
        self.console.print(question.look_for)
        self.console.print(Syntax(question.query, "graphql", background_color="default"))
        text = orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode()
        self.console.print(Syntax(text, "json", background_color="default", word_wrap=True))


async def run_demo(instance: Instance, port: int, once: bool) -> None:
    """The whole demonstration; it returns at once after the answers without a terminal."""
    with sole_instance(instance):
        refuse_taken(_HOST, port)
        await mend_stores(instance, NAMES)
        serving = all_in_one(instance, _HOST, port)
        demo = Demo(instance, generate_world(SEED, CUSTOMERS), f"http://{_HOST}:{port}", Console())
        async with serving.closed_after():
            running = asyncio.create_task(serving.run(instance))
            await _started(serving.server, running)
            await demo.run()
            is_over = once or not sys.stdout.isatty()
            demo.console.print(
                *invitation(instance.directory.root, port, is_over), sep="\n", soft_wrap=True
            )
            serving.server.should_exit = is_over
            await running


def best_known(world: World) -> tuple[str, str]:
    """The CRM record of the person that most source records are about."""
    records = Counter(world.truth.values())
    mine = {record: person for record, person in world.truth.items() if record[0] == "crm"}
    return max(mine, key=lambda record: (records[mine[record]], record))


async def _started(serving: Server, running: asyncio.Task[None]) -> None:
    while not serving.started:
        if running.done():
            await running
            raise KeyboardInterrupt
        await asyncio.sleep(_POLL_S)
