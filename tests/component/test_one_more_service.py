"""One more service, with a GraphQL type of its own, changes six files that are there already.

A copy of the tree is given a service `spare`: the rooms of `activation` under another name, with a
graph of its own. It is then named wherever CONTRIBUTING.md says. What the copy holds to is what the
tree holds to: its own tests say that nothing is missing.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODEL, NAME = "activation", "spare"
MODELS_PORT, PORT = "8366", "8367"
NAMED_IN = {
    "src/c360_cli/topology.py",
    "pyproject.toml",
    "docker-compose.yml",
    "k8s/base/kustomization.yaml",
    "k8s/overlays/production/kustomization.yaml",
    "docs/configuration.md",
}
TYPES = "libs/kernel/src/c360_kernel/catalog/type_names"
GRAPH = '''"""The GraphQL types."""

import strawberry


@strawberry.federation.type(tags=["audit"], description="Something that only this service knows.")
class SpareThing:
    """GraphQL type."""

    name: str = strawberry.field(description="What it is called.")


@strawberry.type
class Query:
    """GraphQL type."""

    @strawberry.federation.field(tags=["audit"], description="All of them.")
    def spare_things(self) -> list[SpareThing]:
        return []
'''
HELD_TO = (
    "tests/deploy/test_topology.py",
    "tests/unit/test_anatomy.py",
    "tests/unit/test_architecture.py",
    "tests/component/test_schema.py::test_no_event_of_a_catalog_may_take_the_name_of_a_type_of_ours",
    "tests/component/test_schema.py::test_everything_says_what_it_is",
)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of what is committed or about to be, in which the service stands."""
    copy = tmp_path_factory.mktemp("tree")
    for name in _files():
        (copy / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, copy / name)
    for folder in ("services", "k8s/base"):
        _like_the_model(copy / folder)
    (copy / f"services/{NAME}/src/c360_{NAME}/graph/types.py").write_text(GRAPH)
    (copy / f"{TYPES}/{NAME}.txt").write_text("SpareThing\n")
    _name_it(copy)
    return copy


def _files() -> list[str]:
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return [name for name in told.stdout.splitlines() if (ROOT / name).is_file()]


def _renamed(text: str) -> str:
    renamed = text.replace(MODEL, NAME).replace(MODEL.title(), NAME.title())
    return renamed.replace(MODEL.upper(), NAME.upper()).replace(MODELS_PORT, PORT)


def _like_the_model(folder: Path) -> None:
    for source in (folder / MODEL).rglob("*"):
        if source.is_file():
            made = folder / _renamed(source.relative_to(folder).as_posix())
            made.parent.mkdir(parents=True, exist_ok=True)
            made.write_text(_renamed(source.read_text("utf-8")), "utf-8")


def _name_it(tree: Path) -> None:
    """What names the model names it beside the model."""
    _twice(
        tree / "src/c360_cli/topology.py", r"    ServiceSpec\(\n        name=\"{0}\".*?\n    \),\n"
    )
    project = tree / "pyproject.toml"
    _twice(project, r"(?:c360-{0} =|  \"c360[-_]{0}\b)[^\n]*\n")
    _twice(project, r"(?<=\w\") *, \"c360_{0}\"")
    _twice(project, r" : c360_{0}\b")
    compose = tree / "docker-compose.yml"
    _twice(compose, r"  {0}:\n.*?\n\n")
    _twice(compose, r"(?: {{6}}- keys-{0}:| {{6}}{0}: {{condition| {{2}}keys-{0}:)[^\n]*\n")
    _twice(compose, r", {0}:\d+")
    _twice(tree / "k8s/base/kustomization.yaml", r"  - {0}\n")
    _twice(tree / "k8s/overlays/production/kustomization.yaml", r"  - name: c360-{0}\n.*?\n.*?\n")
    page = [sys.executable, "-m", "c360_cli.reference", "configuration"]
    written = _run(tree, page).stdout
    (tree / "docs/configuration.md").write_text(written, "utf-8")


def _twice(file: Path, place: str) -> None:
    text = file.read_text("utf-8")
    made, count = re.subn(
        place.format(MODEL), lambda found: found[0] + _renamed(found[0]), text, flags=re.DOTALL
    )
    assert count, (file.name, place)
    file.write_text(made, "utf-8")


def _run(tree: Path, command: list[str]) -> subprocess.CompletedProcess[str]:
    """In the copy, whose own code is found before the one that is installed."""
    found = ":".join(map(str, _sources(tree)))
    environment = {"PATH": "/usr/bin:/bin", "PYTHONPATH": found, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        command, cwd=tree, env=environment, capture_output=True, text=True, check=False, timeout=600
    )


def _sources(tree: Path) -> Iterator[Path]:
    yield from (tree / "src", tree / "proto" / "gen")
    yield from sorted((*tree.glob("libs/*/src"), *tree.glob("services/*/src")))


@pytest.mark.slow
def test_it_is_named_in_six_files(tree: Path) -> None:
    known = set(_files())
    changed = {one for one in known if (ROOT / one).read_bytes() != (tree / one).read_bytes()}
    assert changed == NAMED_IN
    assert len(changed) <= 6


@pytest.mark.slow
def test_what_is_new_is_in_folders_and_files_of_its_name(tree: Path) -> None:
    present = {one.relative_to(tree).as_posix() for one in tree.rglob("*") if one.is_file()}
    new = present - set(_files())
    places = (f"services/{NAME}/", f"k8s/base/{NAME}/", f"{TYPES}/{NAME}.txt")
    assert new
    assert [one for one in new if not one.startswith(places)] == []


@pytest.mark.slow
def test_nothing_else_has_to_know_of_it(tree: Path) -> None:
    done = _run(tree, [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *HELD_TO])
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
