"""A lean keep-alive HTTP client for subgraphs."""

from c360_federation.execute.http_client.connection import HttpReply
from c360_federation.execute.http_client.event_stream import HttpStreams, HttpStreamSettings
from c360_federation.execute.http_client.transport import (
    NOBODY_THERE,
    AnswerHook,
    HeadersHook,
    HttpSettings,
    HttpTransport,
)

__all__ = [
    "NOBODY_THERE",
    "AnswerHook",
    "HeadersHook",
    "HttpReply",
    "HttpSettings",
    "HttpStreamSettings",
    "HttpStreams",
    "HttpTransport",
]
