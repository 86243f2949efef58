"""Overlays are rendered once a session."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.deploy.rendering import Manifest, rendered


@pytest.fixture(scope="session")
def scratch(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("rendering")


@pytest.fixture(scope="session")
def kind(scratch: Path) -> Sequence[Manifest]:
    return rendered("overlays/kind", scratch)


@pytest.fixture(scope="session")
def production(scratch: Path) -> Sequence[Manifest]:
    return rendered("overlays/production", scratch)


@pytest.fixture(scope="session", params=["overlays/kind", "overlays/production"])
def overlay(request: pytest.FixtureRequest, scratch: Path) -> Sequence[Manifest]:
    return rendered(request.param, scratch)
