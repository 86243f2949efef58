"""Connections to a server of ours: how many, how long without a word, how slow they may be."""

from c360_cli.running.connections.limits import ConnectionLimits, limits_of
from c360_cli.running.connections.protocol import protocol_within

__all__ = ["ConnectionLimits", "limits_of", "protocol_within"]
