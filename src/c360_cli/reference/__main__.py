"""`python -m c360_cli.reference PAGE` prints a page: configuration, or errors."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping

from c360_cli.reference import configuration, errors

_PAGES: Mapping[str, Callable[[], str]] = {
    "configuration": configuration.reference,
    "errors": errors.reference,
}

if __name__ == "__main__":
    print(_PAGES[sys.argv[1]](), end="")
