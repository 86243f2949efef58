"""A lean keep-alive HTTP client for subgraphs."""

from c360_federation.execute.http_client.connection import HttpReply
from c360_federation.execute.http_client.event_stream import HttpStreams, HttpStreamSettings
from c360_federation.execute.http_client.transport import (
    UNREACHABLE,
    AnswerHook,
    HeadersHook,
    HttpSettings,
    HttpTransport,
)

__all__ = [
    "UNREACHABLE",
    "AnswerHook",
    "HeadersHook",
    "HttpReply",
    "HttpSettings",
    "HttpStreamSettings",
    "HttpStreams",
    "HttpTransport",
]
