"""What passes is tried again, what does not pass is told at once."""

from __future__ import annotations

import pytest
from c360_kernel.errors import C360Error, Conflict, Misaddressed, OutOfMemory, Transient
from c360_kernel.retrying import retried


class Server:
    """Fails with these, one by one, and then answers."""

    def __init__(self, *failures: C360Error) -> None:
        self._failures = list(failures)
        self.rewound = 0

    async def ask(self) -> str:
        if self._failures:
            raise self._failures.pop(0)
        return "answer"

    async def rewind(self) -> None:
        self.rewound += 1


async def test_each_failure_that_passes_is_followed_by_another_attempt() -> None:
    server = Server(Transient("slow"), Transient("slow"))
    assert await retried(server.ask, server.rewind) == "answer"
    assert server.rewound == 2


@pytest.mark.parametrize("error", [Misaddressed("login"), OutOfMemory("full"), Conflict("busy")])
async def test_what_does_not_pass_by_waiting_is_told_at_once(error: C360Error) -> None:
    server = Server(error)
    with pytest.raises(type(error)):
        await retried(server.ask, server.rewind)
    assert server.rewound == 0


async def test_after_the_limit_the_last_failure_is_told() -> None:
    server = Server(Transient("slow"), Transient("slower"))
    with pytest.raises(Transient, match=r"^slow$"):
        await retried(server.ask, server.rewind, limit_s=0)
