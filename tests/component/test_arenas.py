"""What a process of ours that runs for long asks of the C library."""

from __future__ import annotations

import ctypes
import subprocess
import sys
from pathlib import Path

import pytest

_POOLS = """
import ctypes, sys, threading
from c360_cli.running.arenas import keep_few_arenas

if sys.argv[1] == "few":
    keep_few_arenas()
libc = ctypes.CDLL(None)
libc.fopen.restype = libc.malloc.restype = ctypes.c_void_p
together = threading.Barrier(12)

def take():
    together.wait()
    libc.malloc(5_000)
    together.wait()

threads = [threading.Thread(target=take) for _ in range(12)]
for one in threads:
    one.start()
for one in threads:
    one.join()
file = ctypes.c_void_p(libc.fopen(sys.argv[2].encode(), b"w"))
libc.malloc_info(0, file)
libc.fclose(file)
"""


def _pools(many: str, said: Path) -> int:
    subprocess.run([sys.executable, "-c", _POOLS, many, said], check=True, timeout=60)
    return said.read_text().count("<heap nr=")


@pytest.mark.skipif(
    sys.platform != "linux" or not hasattr(ctypes.CDLL(None), "malloc_info"),
    reason="the C library here keeps no pools for threads",
)
def test_threads_share_two_pools_of_memory(tmp_path: Path) -> None:
    assert _pools("few", tmp_path / "few.xml") <= 2 < _pools("many", tmp_path / "many.xml")
