"""What the deployments set is read by somebody: no name is misspelt or left over."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.models import OptionInfo

from c360_cli.commands import serving
from c360_cli.topology import PARTS
from tests.deploy.rendering import K8S, ROOT

SETTINGS = [part.settings for part in PARTS]
FILES = (
    ROOT / "Dockerfile",
    ROOT / "docker-compose.yml",
    ROOT / "docs/operations.md",
    *sorted(K8S.rglob("*.yaml")),
)


def _fields() -> set[str]:
    return {f"C360_{name.upper()}" for settings in SETTINGS for name in settings.model_fields}


def _options(command: Callable[..., Any]) -> Iterator[str]:
    for parameter in inspect.signature(command, eval_str=True).parameters.values():
        for option in getattr(parameter.annotation, "__metadata__", ()):
            if isinstance(option, OptionInfo) and option.envvar:
                yield str(option.envvar)


KNOWN = _fields() | set(_options(serving.serve)) | {"C360_TOKEN", "C360_URL"}


def test_the_command_reads_settings_of_its_own() -> None:
    assert {"C360_HOST", "C360_SUBGRAPHS", "C360_DATA"} <= KNOWN


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_every_setting_that_is_written_is_known(file: Any) -> None:
    written = set(re.findall(r"\bC360_[A-Z_]+\b", file.read_text()))
    assert written <= KNOWN
