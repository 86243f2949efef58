"""The word lists as they are looked up. Each is read once, when it is first needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files

from c360_kernel.chinese import reading

_WORDS = "c360_identity.domain.matching.words"

# Surnames that are read otherwise than the same character elsewhere.
_SURNAMES = {
    "单": "shan", "曾": "zeng", "解": "xie", "仇": "qiu", "朴": "piao", "查": "zha", "区": "ou",
    "任": "ren", "盖": "ge", "尉": "wei", "华": "hua", "燕": "yan", "洗": "xian", "冼": "xian",
    "覃": "qin", "翟": "zhai", "缪": "miao", "种": "chong", "乐": "yue", "员": "yun", "黑": "he",
    "秘": "bi", "折": "she", "重": "chong", "万俟": "moqi", "尉迟": "yuchi",
}  # fmt: skip
_COMPOUND = (
    "欧阳 诸葛 司马 上官 司徒 夏侯 东方 尉迟 公孙 慕容 令狐 皇甫 长孙 宇文 轩辕 钟离 南宫 端木"
    " 百里 呼延 独孤 公羊 申屠 太史 闻人 澹台 万俟 西门 左丘 梁丘"
)
COMPOUND_SURNAMES = frozenset(_COMPOUND.split(" "))


@cache
def nicknames() -> Mapping[str, frozenset[int]]:
    """By name the numbers of the lines that hold it: names that share one are one person's."""
    found: dict[str, set[int]] = {}
    for number, line in enumerate(_lines("nicknames.txt")):
        for name in line.split():
            found.setdefault(name, set()).add(number)
    return {name: frozenset(numbers) for name, numbers in found.items()}


@cache
def initials_of(name: str) -> frozenset[str]:
    """What the names begin with that whoever has this name goes by too."""
    numbers = nicknames().get(name, frozenset())
    return frozenset(
        other[0] for other, held in nicknames().items() if not held.isdisjoint(numbers)
    )


@cache
def abbreviations() -> Mapping[str, str]:
    """Short words of addresses and what they are short for."""
    return dict(_pairs("abbreviations.txt"))


@cache
def titles() -> frozenset[str]:
    """Words beside names that are no part of them."""
    return frozenset(word for line in _lines("titles.txt") for word in line.split())


def surname_reading(surname: str) -> str:
    """How a Chinese surname is read."""
    known = _SURNAMES.get(surname)
    return known if known is not None else reading(surname)


def _pairs(name: str) -> Iterator[tuple[str, str]]:
    for line in _lines(name):
        left, _, right = line.partition(" ")
        yield left, right


def _lines(name: str) -> Iterator[str]:
    text = (files(_WORDS) / name).read_text(encoding="utf-8")
    return (line for line in text.splitlines() if line and not line.startswith("#"))
