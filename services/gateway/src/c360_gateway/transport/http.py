"""Subgraphs over keep-alive HTTP, each request with its own signed caller context."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from c360_federation.execute.http_client import HttpSettings, HttpTransport
from c360_federation.execute.weighing import AnswerLimits
from c360_kernel.context import HEADER, SubgraphKeys, sign_context
from c360_kernel.deadline import HEADER as DEADLINE_HEADER
from c360_kernel.metering import METER
from c360_kernel.telemetry import current_traceparent

from c360_gateway.context import OperationContext


@dataclass(frozen=True, slots=True)
class RemoteSubgraph:
    """Where a subgraph is, and the keys it knows the gateway by."""

    url: str
    keys: SubgraphKeys


def signed_http(subgraphs: Mapping[str, RemoteSubgraph], answers: AnswerLimits) -> HttpTransport:
    """A transport whose every request is signed for its subgraph and its very body.

    What it takes there is on the account of whom it is made for.
    """

    def headers(subgraph: str, body: bytes, context: object) -> Mapping[str, str]:
        assert isinstance(context, OperationContext)
        keys = subgraphs[subgraph].keys
        signed = {HEADER: sign_context(context.caller, subgraph, body, keys)}
        if (left := context.seconds_left) is not None:
            signed[DEADLINE_HEADER] = str(int(left * 1000))
        trace = current_traceparent()
        return {**signed, "traceparent": trace} if trace else signed

    urls = {name: one.url for name, one in subgraphs.items()}
    limits = HttpSettings(max_reply_bytes=int(answers.size), max_reply_objects=answers.objects)
    return HttpTransport(urls, headers, limits, _spend)


def _spend(seconds: float) -> None:
    if (meter := METER.get()) is not None:
        meter.spend(seconds)
