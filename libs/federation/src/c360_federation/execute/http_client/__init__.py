"""A lean keep-alive HTTP client for subgraphs."""

from c360_federation.execute.http_client.event_stream import HttpStreams, HttpStreamSettings
from c360_federation.execute.http_client.transport import HeadersHook, HttpSettings, HttpTransport

__all__ = ["HeadersHook", "HttpSettings", "HttpStreamSettings", "HttpStreams", "HttpTransport"]
