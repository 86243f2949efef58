"""Numbers of JSON with the text that they were written in.

A float keeps 15 digits, a card has 19 and an order number may have 28: what names somebody is taken
from the text.
"""

from __future__ import annotations

import json
import re
from typing import cast

import orjson

EXACT_FLOAT = 2**53
"""Whole numbers up to here are floats without loss."""

_DIGITS_OF_64_BITS = 18
# The parser takes four times as much within one another as is ever written.
_ALWAYS_WRITTEN = 200
# Only these can come out of a parser of 64 bits otherwise than they went in.
_MAY_CHANGE = re.compile(r"\d[.eE]|\d{16}|-0")


class DigitsLost(ValueError):
    """A number that went through a float which could not hold it stands for many numbers."""


class JsonNumber(float):
    """A number of JSON that a float alone would change. `text` is how it was written."""

    __slots__ = ("text",)

    text: str

    def __new__(cls, text: str) -> JsonNumber:
        """Of the number's text."""
        number = super().__new__(cls, text)
        number.text = text
        return number

    def exact(self) -> str:
        """Its digits: of a whole number without `.0`. Raises `DigitsLost` for an exponent, and for
        a `.0` behind more digits than a float holds."""
        if "e" in self.text.lower():
            raise DigitsLost
        whole, _, fraction = self.text.partition(".")
        if fraction.strip("0"):
            return self.text
        if fraction and abs(self) >= EXACT_FLOAT:
            raise DigitsLost
        return whole if whole != "-0" else "0"


def loads(text: str) -> object:
    """A JSON value whose numbers are exact, as int, float or `JsonNumber`.

    Raises `ValueError`, also for one that has too much within one another to be written again.
    """
    value = orjson.loads(text)
    if text.count("[") + text.count("{") > _ALWAYS_WRITTEN:
        _refuse_deep(value)
    if not _MAY_CHANGE.search(text):
        return value
    return cast(object, json.loads(text, parse_float=JsonNumber, parse_int=_whole))


def dumps(value: object, option: int = 0) -> bytes:
    """JSON in which every `JsonNumber` stands as it was written."""
    return orjson.dumps(value, default=_as_written, option=option)


def as_64_bits(value: object) -> object:
    """A `JsonNumber` as any other parser gives it, whole within 64 bits and a float beyond."""
    if isinstance(value, JsonNumber):
        return orjson.loads(value.text)
    raise TypeError


def _refuse_deep(value: object) -> None:
    """What is put aside is written with some more around it."""
    try:
        orjson.dumps([[[[value]]]])
    except orjson.JSONEncodeError as error:
        raise ValueError("the value has too much within one another") from error


def _whole(text: str) -> int | JsonNumber:
    return int(text) if len(text) <= _DIGITS_OF_64_BITS and text != "-0" else JsonNumber(text)


def _as_written(value: object) -> object:
    if isinstance(value, JsonNumber):
        return orjson.Fragment(value.text)
    raise TypeError
