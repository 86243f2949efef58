"""Commands that ask of an instance: the question is on record before it is answered."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

from c360_cli.directory import DataDirectory
from c360_cli.recording import by_operator, put_on_record_if_possible

P = ParamSpec("P")
R = TypeVar("R")
_ARGUMENTS = ("file", "policy", "coordinate", "role", "before", "after", "version")
"""The arguments that say what was asked; of a file its name."""


def audited(question: str, command: Callable[P, R]) -> Callable[P, R]:
    """The command, which puts itself on record where `--data` names an instance.

    What it shows is of nobody, so a log that is away does not keep it from answering.
    """

    @wraps(command)
    def recorded(*args: P.args, **kwargs: P.kwargs) -> R:
        data = kwargs.get("data")
        if isinstance(data, Path) and DataDirectory(data).catalog.exists():
            details = {name: _text(kwargs.get(name)) for name in _ARGUMENTS}
            act = by_operator("audit_question", "policy", question=question, **details)
            put_on_record_if_possible(data, act)
        return command(*args, **kwargs)

    return recorded


def _text(argument: object) -> str:
    if isinstance(argument, list | tuple):
        return ", ".join(map(_text, argument))
    if isinstance(argument, str) and Path(argument).exists():
        return Path(argument).name
    return argument.name if isinstance(argument, Path) else str(argument or "")
