"""Sends events by a client as it is published, half of them once told to by a line of input.

    python send.py segment|rudder URL WRITE_KEY COUNT

Prints how many calls the client gave up.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

MODULES = {"segment": "segment.analytics.client", "rudder": "rudderstack.analytics.client"}
RETRIES = 30
lost: list[object] = []


def gave_up(error: Exception, calls: list[object]) -> None:
    print("gave up:", type(error).__name__, file=sys.stderr)
    lost.extend(calls)


def main() -> None:
    name, url, key, count = sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4])
    client: Any = import_module(MODULES[name]).Client(
        key, host=url, on_error=gave_up, max_queue_size=2 * count, max_retries=RETRIES
    )
    for number in range(count):
        if number == count // 2:
            sys.stdin.readline()
        client.track(f"{name}-{number % 100}", "Product Viewed", {"productId": str(number)})
    client.flush()
    client.shutdown()
    print(len(lost))


main()
