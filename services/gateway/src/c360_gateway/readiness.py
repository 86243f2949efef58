"""Whether the gateway can answer, and what of it is missing."""

from __future__ import annotations

import asyncio
import contextlib
import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, Protocol, TypeAlias, cast

from c360_kernel.open_files import gone_files
from c360_kernel.outage import waiting
from c360_kernel.single_flight import SingleFlight
from c360_kernel.stopped import StoppedWorkers
from c360_kernel.subgraph.asgi import READY_WITHIN_S
from starlette.responses import JSONResponse
from typing_extensions import override

from c360_gateway.log_health import LogHealth
from c360_gateway.supergraph.source import SupergraphSource

# A service needs `READY_WITHIN_S` to say that its store does not answer: it is heard out.
_SERVICE_PATIENCE_S = READY_WITHIN_S + 1.0
_REPORT_BYTES = 100_000


Troubles: TypeAlias = Callable[[Collection[str]], Mapping[str, str]]
"""What is wrong, by name, with processes that were started along with the gateway: not up yet, or
ended again and again. It is told the names of those that answer now."""


def no_troubles(answering: Collection[str]) -> Mapping[str, str]:
    """Of a gateway that starts no other processes."""
    del answering
    return {}


class State(Enum):
    """What a part says of itself."""

    READY = "ready"
    WITHOUT_STORE = "its store does not answer"
    UNREACHABLE = "it does not answer"

    @property
    def answers(self) -> bool:
        """Whether its process is there."""
        return self is not State.UNREACHABLE


@dataclass(frozen=True, slots=True)
class Answer:
    """How a part is now.

    What projections of its process wait for and which of its files are gone, by their names.
    """

    state: State
    waiting: Mapping[str, str] = field(default_factory=dict[str, str])
    files: Mapping[str, str] = field(default_factory=dict[str, str])


class Probe(Protocol):
    """Asks one part."""

    async def probe(self) -> Answer:
        """How it is now."""
        ...


class CallProbe(Probe):
    """A part of this process that says whether it is ready, or raises."""

    def __init__(self, ready: Callable[[], Awaitable[bool]]) -> None:
        self._ready = SingleFlight(ready, READY_WITHIN_S)

    @override
    async def probe(self) -> Answer:
        return Answer(State.READY if await self._ready.result() else State.WITHOUT_STORE)


@dataclass(frozen=True, slots=True)
class HttpProbe(Probe):
    """A service elsewhere, by its `/readyz`."""

    url: str
    tls: ssl.SSLContext | None = None

    @override
    async def probe(self) -> Answer:
        return await asyncio.to_thread(self._fetched)

    def _fetched(self) -> Answer:
        try:
            opened = urllib.request.urlopen(self.url, timeout=_SERVICE_PATIENCE_S, context=self.tls)
            with opened as response:
                return _answer_of(State.READY, response.read(_REPORT_BYTES))
        except urllib.error.HTTPError as refusal:
            return _refused(refusal)
        except OSError:
            return Answer(State.UNREACHABLE)


@dataclass(frozen=True, slots=True)
class Readiness:
    """Ready means: there is a supergraph, the log answers, no worker of this process stopped, none
    of its open files is gone, and no process that was started along with it is in trouble.

    `probes` are the parts that queries can partly do without.
    """

    supergraph_source: SupergraphSource
    log: LogHealth
    probes: Mapping[str, Probe]
    stopped: StoppedWorkers = field(default_factory=StoppedWorkers)
    catalog: Callable[[], Mapping[str, Any]] = dict[str, Any]
    troubles: Troubles = no_troubles

    async def is_started(self) -> bool:
        """Whether every process that was started along with this one answers."""
        return not self._in_trouble(await self._answers())

    async def report(self) -> JSONResponse:
        """200 or 503; what is missing is listed in either case.

        `missing` are the subgraphs that do not answer, `stores` the parts whose store does not;
        `processes` those started along with this one that are not up;
        `stopped` the projections that are fed no more, each with the code of what stopped it;
        `logFault` is the code of what is wrong with the log: LOG_UNAVAILABLE, LOG_FULL while it
        takes nothing, or what `EventLog.identity` says of one that is not what it was;
        `waiting` are the projections, of this process or a service elsewhere, that wait for their
        store or the log, each with the code of why, such as STORE_FULL;
        `files` those that somebody removed while such a process has them open (STORE_GONE);
        `refused` is there while policy keeps a newer supergraph from being used, with its code;
        `catalog` while its file is `refused`, or services tag coordinates otherwise (`differs`).
        """
        log_fault, answers = await asyncio.gather(self.log.fault(), self._answers())
        has_supergraph = self.supergraph_source.current is not None
        stopped = self.stopped.codes()
        processes = self._in_trouble(answers)
        waits, files = dict(waiting()), dict(gone_files())
        ready = not (log_fault or stopped or processes or files) and has_supergraph
        for answer in answers.values():
            waits |= answer.waiting
            files |= answer.files
        refused, catalog = self.supergraph_source.refused, self.catalog()
        body = {
            "status": "ready" if ready else "not ready",
            "log": not log_fault,
            "supergraph": has_supergraph,
            "missing": sorted({*self.supergraph_source.missing, *_in(State.UNREACHABLE, answers)}),
            "stores": _in(State.WITHOUT_STORE, answers),
            "stopped": stopped,
            **({"logFault": log_fault} if log_fault else {}),
            **({"waiting": waits} if waits else {}),
            **({"files": files} if files else {}),
            **({} if refused is None else {"refused": refused.code}),
            **({"catalog": catalog} if catalog else {}),
            **({"processes": processes} if processes else {}),
        }
        return JSONResponse(body, 200 if ready else 503)

    def _in_trouble(self, answers: Mapping[str, Answer]) -> Mapping[str, str]:
        return self.troubles([name for name, one in answers.items() if one.state.answers])

    async def _answers(self) -> Mapping[str, Answer]:
        answers = await asyncio.gather(*(_answer(probe) for probe in self.probes.values()))
        return dict(zip(self.probes, answers, strict=True))


def _in(wanted: State, answers: Mapping[str, Answer]) -> list[str]:
    return [name for name, answer in answers.items() if answer.state is wanted]


async def _answer(probe: Probe) -> Answer:
    try:
        return await probe.probe()
    except Exception:  # whatever a store raises, it does not answer
        return Answer(State.WITHOUT_STORE)


def _refused(refusal: urllib.error.HTTPError) -> Answer:
    with refusal, contextlib.suppress(OSError):
        return _answer_of(State.WITHOUT_STORE, refusal.read(_REPORT_BYTES))
    return Answer(State.WITHOUT_STORE)


def _answer_of(state: State, report: bytes) -> Answer:
    return Answer(state, _codes(report, "waiting"), _codes(report, "files"))


def _codes(report: bytes, name: str) -> Mapping[str, str]:
    """Codes by name, as a service says them; nothing where it says nothing that is understood."""
    try:
        codes = json.loads(report)[name].items()
    except (ValueError, LookupError, TypeError, AttributeError):
        return {}
    pairs = cast("list[tuple[str, object]]", list(codes))
    return {name: code for name, code in pairs if isinstance(code, str)}
