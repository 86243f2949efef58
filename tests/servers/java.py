"""How the servers' virtual machines are started."""

from __future__ import annotations

from tests.servers.downloads import tool


def java(heap_mb: int) -> list[str]:
    """The command of a virtual machine that starts fast. Raises `Unavailable`."""
    # The second compiler and its threads pay off after minutes; a test is over by then.
    lean = ["-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"]
    return [tool("java"), "-Xms64m", f"-Xmx{heap_mb}m", *lean]
