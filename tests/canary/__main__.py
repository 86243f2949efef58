"""`python -m tests.canary [--operations N] [--seed S]`: walk, report in JSON, fail on any leak."""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from tests.canary.test_canary import walked


def main() -> int:
    """Run it; 1 if anything leaked."""
    options = argparse.ArgumentParser(description="Search every output for planted values.")
    options.add_argument("--operations", type=int, default=6_000)
    options.add_argument("--seed", type=int, default=1)
    given = options.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as data:
        findings = asyncio.run(walked(Path(data), given.operations, given.seed)).findings
    seconds = round(time.monotonic() - begun, 1)
    sys.stdout.write(json.dumps({**findings.report(), "seconds": seconds}, indent=2) + "\n")
    return 1 if findings.leaks else 0


if __name__ == "__main__":
    sys.exit(main())
