"""Graphs of several services are made one after the other, from whatever threads."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from c360_cli.assembly import graph_of


class Service:
    """Notes how many of its kind make a graph at once."""

    is_embedded = False
    making = 0
    most = 0
    _guard = threading.Lock()

    def open_graph(self):
        with self._guard:
            Service.making += 1
            Service.most = max(Service.most, Service.making)
        time.sleep(0.01)
        with self._guard:
            Service.making -= 1
        return self


def test_one_graph_is_made_at_a_time():
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(graph_of, [Service() for _ in range(8)]))
    assert len(made) == 8
    assert Service.most == 1
