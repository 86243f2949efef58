"""What the proof of the audit costs: operations kept, proved, asked for, replayed and verified.

python benchmarks/audit.py --json [--size 1000000]
"""

from __future__ import annotations

import asyncio
import tempfile
from pathlib import Path

from auditing.proofs import proof_ms, verify_per_s
from auditing.questions import who_saw_ms
from auditing.replays import replay_1m_s
from auditing.world import filled
from figures import options, report

from c360_cli.running.tuning import tune_process

_OPERATIONS = 1_000_000


async def _measured(directory: Path, count: int) -> dict[str, object]:
    world, taken = await filled(directory, count)
    return {
        "operations": count,
        "append_per_s": round(count / taken),
        "proof_ms": round(await proof_ms(world), 3),
        "replay_1m_s": round(await replay_1m_s(world), 3),
        "who_saw_ms": round(await who_saw_ms(world), 3),
        "verify_per_s": round(await verify_per_s(world)),
    }


def main() -> None:
    """Measure and report; rates are of one core's processor time.

    `append_per_s` is all that the audit service does with an entry: it is read, its rows, its place
    in the tree and the signed checkpoint of its batch are kept, durably.
    """
    given = options(__doc__ or "", _OPERATIONS)
    tune_process()
    with tempfile.TemporaryDirectory() as directory:
        report(asyncio.run(_measured(Path(directory), given.size)), given)


if __name__ == "__main__":
    main()
