"""docs/architecture.md: one table of rooms, in which every room stands, and no other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/architecture.md").read_text("utf-8")
ROOMS = re.findall(r"^\| `([^`]+)` \| [^|]+ \|[^|]*\|$", PAGE, re.MULTILINE)


def domain_services() -> list[str]:
    return sorted(one.parents[2].name for one in ROOT.glob("services/*/src/*/domain"))


def spelled_out(room: str) -> Iterator[str]:
    """`services/*/domain` for each domain service; other rooms as they are."""
    names = domain_services() if "*" in room else [""]
    yield from (room.replace("*", name) for name in names)


def place(room: str) -> Path:
    """`libs/kernel/log` is `libs/kernel/src/c360_kernel/log`."""
    kind, _, rest = room.partition("/")
    member, _, inner = rest.partition("/")
    if kind in {"libs", "services"} and inner:
        return ROOT / kind / member / "src" / f"c360_{member}" / inner
    return ROOT / room


def rooms_of_the_tree() -> Iterator[str]:
    """Each member, and each package in a member's own package."""
    for package in (*ROOT.glob("libs/*/src/c360_*"), *ROOT.glob("services/*/src/c360_*")):
        member = package.parents[1].relative_to(ROOT).as_posix()
        yield member
        yield from (f"{member}/{one}" for one in packages(package))
    yield "src/c360_cli"
    yield from (f"src/c360_cli/{one}" for one in packages(ROOT / "src/c360_cli"))


def packages(package: Path) -> list[str]:
    return sorted(one.parent.name for one in package.glob("*/__init__.py"))


def test_every_room_of_the_table_exists() -> None:
    rooms = [one for room in ROOMS for one in spelled_out(room)]
    assert len(rooms) > 60
    assert len(set(ROOMS)) == len(ROOMS)
    assert [room for room in rooms if not place(room).is_dir()] == []


def test_every_room_of_the_tree_is_in_the_table() -> None:
    values = {one for room in ROOMS for one in spelled_out(room)}
    assert sorted(set(rooms_of_the_tree()) - values) == []


def test_every_room_but_those_beside_the_code_says_when_to_look_there() -> None:
    empty = re.findall(r"^\| `([^`]+)` \| [^|]+ \| \|$", PAGE, re.MULTILINE)
    assert empty == ["tests"]
