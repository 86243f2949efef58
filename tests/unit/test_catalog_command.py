"""`c360 catalog check`: 0 can be taken, 1 refused, 2 wrong usage; and what `c360 status` says."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from c360_kernel.catalog.loader import default_catalog_text

from c360_cli.assembly import assemble
from c360_cli.catalog_file import InForce, catalog_states
from c360_cli.catalogs import catalog_status, instance_as_it_is, instance_of_child
from c360_cli.directory import DataDirectory
from c360_cli.main import main

Run = Callable[..., tuple[int, str, str]]
OLDER = default_catalog_text().replace("survivorship: latest", "survivorship: oldest")


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    def run_command(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["c360", "catalog", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        output = capsys.readouterr()
        return int(ended.value.code or 0), output.out, output.err

    return run_command


def test_what_can_be_taken_is_told_with_what_it_does(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text(OLDER)
    code, out, err = run("check", file, "--data", tmp_path / "data")
    assert (code, err) == (0, "")
    assert "traits.status: changed" in out
    assert [line for line in out.splitlines() if not line.startswith("  ")][1:] == [
        "profile: customers are refolded (traits, their rules, sources)"
    ]


def test_what_changes_nothing_says_so(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text("# A comment.\n" + default_catalog_text())
    code, out, _ = run("check", file, "--data", tmp_path / "data")
    assert (code, out.splitlines()[1:]) == (0, ["nothing has to be derived again"])


def test_what_is_wrong_is_told_with_its_place_and_code(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text("sources: {crm: {priority: 0}}\ntraits:\n  x: {type: string, tag: phnoe}\n")
    code, out, err = run("check", file)
    assert (code, out) == (1, "")
    assert err.startswith(f"{file}:3 traits.x.tag: CATALOG_INVALID: unknown tag 'phnoe'")


def test_what_others_may_write_is_refused(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "new.yaml"
    file.write_text(default_catalog_text())
    file.chmod(0o666)
    code, _, err = run("check", file)
    assert code == 1
    assert "FILE_EXPOSED" in err


@pytest.mark.parametrize("arguments", [(), ("check",), ("check", "nowhere.yaml"), ("chekc",)])
def test_wrong_usage_is_2(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments)[0] == 2


def in_force(data: Path) -> InForce:
    """What a running instance has kept and said."""
    instance = assemble(data)
    looking = InForce(DataDirectory(data), ["profile"], is_leading=True)
    assert looking.look(instance.catalog, {"profile": "refolding customers: 1 of 2"}) is None
    return looking


def test_a_file_that_cannot_be_used_stops_no_command_and_is_told(tmp_path: Path) -> None:
    looking = in_force(tmp_path)
    taken = assemble(tmp_path).catalog
    (tmp_path / "catalog.yaml").write_text("traits: {")
    assert looking.look(taken, {}) is None
    found = catalog_status(instance_as_it_is(tmp_path))
    assert found.in_force == taken.digest
    assert found.file.startswith("refused: CATALOG_INVALID: catalog.yaml:")
    assert instance_of_child(tmp_path).catalog == taken
    assert "refused" in catalog_states(DataDirectory(tmp_path), ["profile"])["profile"]


def test_what_is_under_way_is_told_until_it_is_done(tmp_path: Path) -> None:
    looking = in_force(tmp_path)
    instance = instance_as_it_is(tmp_path)
    assert catalog_status(instance).work == {"profile": "refolding customers: 1 of 2"}
    looking.look(instance.catalog, {})
    assert catalog_status(instance).work == {}


def test_a_changed_file_is_told_before_it_is_taken(tmp_path: Path) -> None:
    in_force(tmp_path)
    (tmp_path / "catalog.yaml").write_text(OLDER)
    assert catalog_status(instance_as_it_is(tmp_path)).file.startswith("changed")
