"""Where the `c360` command begins: an interrupt ends it quietly, even while modules are read."""

from __future__ import annotations

_INTERRUPTED = 130


def main() -> None:
    """Run the command; after an interrupt the exit status is 130 and nothing is printed."""
    try:
        from c360_cli.main import main as run  # noqa: PLC0415

        run()
    except KeyboardInterrupt:
        raise SystemExit(_INTERRUPTED) from None
