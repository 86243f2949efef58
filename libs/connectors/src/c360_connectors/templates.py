"""Texts with places for values, `modified >= {cursor}`: what a request says anew each time.

`{{` and `}}` are braces themselves.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from c360_kernel.nearest import did_you_mean

SECRET = "secret."
Value = str | int | Sequence[str] | None
Values = Mapping[str, Value]
"""By the name of their place; None, or nothing, for what there is none of now."""

_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")
_SECRET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")


class TemplateInvalid(ValueError):
    """Not the text of a template; says why."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value stands."""

    name: str


def _as_it_is(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Template:
    """A text in parts, some of them places."""

    parts: tuple[str | Place, ...]

    @property
    def names(self) -> frozenset[str]:
        """Of its places."""
        return frozenset(part.name for part in self.parts if isinstance(part, Place))

    def text(self, values: Values, quote: Callable[[str], str] = _as_it_is) -> str:
        """The text with values; `quote` is done to each of these, and to nothing else."""
        return "".join(
            quote(_written(values.get(part.name))) if isinstance(part, Place) else part
            for part in self.parts
        )

    def value(self, values: Values) -> Value:
        """The same; of a place alone the value as it is, so that numbers stay numbers."""
        if len(self.parts) == 1 and isinstance(place := self.parts[0], Place):
            return values.get(place.name)
        return self.text(values)


def template(text: str, known: Collection[str]) -> Template:
    """A text that is a template. Raises `TemplateInvalid` for a place that is not `known`."""
    parts: list[str | Place] = []
    end = 0
    for found in _TOKEN.finditer(text):
        parts += [text[end : found.start()], _part(found, known)]
        end = found.end()
    parts.append(text[end:])
    return Template(tuple(part for part in parts if part != ""))


def _part(found: re.Match[str], known: Collection[str]) -> str | Place:
    name = found[1]
    if name is None:
        if found[0] in "{}":
            raise TemplateInvalid(f"{found[0]!r} alone: a brace itself is written twice")
        return found[0][0]
    if name in known or (name.startswith(SECRET) and is_secret_name(name.removeprefix(SECRET))):
        return Place(name)
    places = ", ".join(f"{{{one}}}" for one in sorted(known))
    hint = did_you_mean(name, known) or f"; known: {places or 'none but secrets'}"
    raise TemplateInvalid(f"there is no value {{{name}}} here{hint}")


def is_secret_name(name: str) -> bool:
    """Whether a secret can be called so: its file is."""
    return _SECRET_NAME.fullmatch(name) is not None


def _written(value: Value) -> str:
    if value is None:
        return ""
    return (
        ",".join(value)
        if isinstance(value, Sequence) and not isinstance(value, str)
        else str(value)
    )
