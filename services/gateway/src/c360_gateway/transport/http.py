"""Our subgraphs over keep-alive HTTP: each request signed, each answer sealed for that request."""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import dataclass

from c360_federation.execute.http_client import (
    UNREACHABLE,
    HttpReply,
    HttpSettings,
    HttpTransport,
)
from c360_federation.execute.transport import (
    SubgraphBadReply,
    SubgraphUnreachable,
    TransportError,
)
from c360_federation.execute.weighing import AnswerLimits
from c360_kernel.answer_seal import HEADER as ANSWER_HEADER
from c360_kernel.answer_seal import is_sealed
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


def signed_http(
    subgraphs: Mapping[str, RemoteSubgraph],
    answers: AnswerLimits,
    tls: ssl.SSLContext | None = None,
) -> HttpTransport:
    """A transport whose every request is signed for its subgraph and its very body.

    An answer that its subgraph did not seal for that request is refused.
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

    def check(subgraph: str, sent: Mapping[str, str], reply: HttpReply) -> None:
        keys = subgraphs[subgraph].keys
        if not is_sealed(reply.kept, sent[HEADER], reply.body, keys):
            raise _unsealed(reply.status)

    urls = {name: one.url for name, one in subgraphs.items()}
    limits = HttpSettings(
        max_reply_bytes=int(answers.size),
        max_reply_objects=answers.objects,
        kept_header=ANSWER_HEADER,
        tls=tls,
    )
    return HttpTransport(urls, headers, limits, _spend, check)


def _unsealed(status: int) -> TransportError:
    """A proxy that says for a subgraph that nobody is there has no key to say so with."""
    if status in UNREACHABLE:
        return SubgraphUnreachable(f"HTTP {status}")
    return SubgraphBadReply(f"HTTP {status} that the subgraph did not seal")


def _spend(seconds: float) -> None:
    if (meter := METER.get()) is not None:
        meter.spend(seconds)
