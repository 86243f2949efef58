"""The `C360_*` variables of a process: an unknown one is refused, a wrong value is explained."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from c360_kernel.errors import SettingsError
from c360_kernel.settings import Settings
from pydantic import ValidationError

from c360_cli.topology import PARTS

_PREFIX = "C360_"
# Read by the command line itself, or by the examples and the tools of a checkout.
_OTHERS = ("HOST", "SUBGRAPHS", "TOKEN", "URL", "REQUIRE_SERVERS", "REFERENCE_COMPOSER")
_OTHER_FAMILIES = re.compile(r"C360_(TEST|BENCHMARK|KILL)_.*")
# What Kubernetes tells every container of a service whose name begins with `c360`.
_LINKS = re.compile(r"C360_(.*_)?(SERVICE_HOST|SERVICE_PORT(_.*)?|PORT_\d+_(TCP|UDP)(_.*)?)")
_LINK_VALUE = re.compile(r"(tcp|udp)://.*")


def refuse_unknown_settings(environ: Mapping[str, str]) -> None:
    """Refuse variables that no setting has, with the nearest ones that there are.

    An image of one service knows the settings of that service only and has nothing to compare
    the others with, so there nothing is refused. Raises `SettingsError` (SETTING_UNKNOWN).
    """
    known = _known_names()
    if known is None:
        return
    unknown = [name for name, value in environ.items() if _is_unknown(name.upper(), value, known)]
    if unknown:
        problems = "; ".join(_described(name, known) for name in sorted(unknown))
        raise SettingsError(f"{problems} (docs/configuration.md has all of them)", code=_UNKNOWN)


_UNKNOWN = "SETTING_UNKNOWN"


def _is_unknown(name: str, value: str, known: Iterable[str]) -> bool:
    if not name.startswith(_PREFIX) or name in known or _OTHER_FAMILIES.fullmatch(name):
        return False
    return not (_LINKS.fullmatch(name) or _LINK_VALUE.match(value))


def _described(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name.upper(), known, 1)
    return f"there is no setting {name}" + (f", did you mean {near[0]}?" if near else "")


def _known_names() -> frozenset[str] | None:
    try:
        classes = [part.settings for part in PARTS]
    except ImportError:
        return None
    fields = [name for one in (Settings, *classes) for name in one.model_fields]
    return frozenset(f"{_PREFIX}{name.upper()}" for name in (*fields, *_OTHERS))


def explained(error: ValidationError) -> str:
    """What is wrong with which setting and what it may be; never the value that was given."""
    return "; ".join(_reasons(error))


def _reasons(error: ValidationError) -> Iterator[str]:
    # A union reports each of its members: the first says enough.
    first = {str(one["loc"][0]): one for one in reversed(error.errors(include_input=False))}
    for field, one in reversed(first.items()):
        reason = one["msg"].partition(", unable to parse")[0]
        yield f"{_PREFIX}{field.upper()}: {reason.replace('Input should', 'it should')}"
