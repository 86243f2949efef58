"""A start that cannot succeed ends at once, in one line that says what to do."""

from __future__ import annotations

import errno
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from c360_kernel.errors import SettingsError
from typer.testing import CliRunner

from c360_cli.assembly import assemble
from c360_cli.main import app, main
from c360_cli.running.locking import sole_process
from c360_cli.topology import PORTS

LOOPBACK = "127.0.0.1"
Start = Callable[..., str]


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        yield listening.getsockname()[1]


@pytest.fixture
def start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> Start:
    """Run a command in this process, which must refuse; returns the one line that it prints."""

    def run(*arguments: object, data: Path = tmp_path) -> str:
        given = [str(one) for one in arguments]
        monkeypatch.setattr(sys, "argv", ["c360", *given, "--data", str(data)])
        monkeypatch.setattr(os, "umask", lambda _: 0)
        # It closes all that its process has open: here also what threads of other tests still use.
        monkeypatch.setattr("c360_cli.main.close_all", lambda: None)
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        lines = capfd.readouterr().err.splitlines()
        entries = [line for line in lines if line.startswith("c360: ")]
        assert len(entries) == 1, lines
        assert "Traceback" not in "".join(lines)
        assert "http://" not in "".join(lines), "an address that never answers was printed"
        return entries[0]

    return run


WRONG_SETTINGS = [
    ("C360_MODE", "prod", "SETTINGS_INVALID", "'development' or 'production'"),
    ("C360_QUERY_DEPTH", "deep", "SETTINGS_INVALID", "C360_QUERY_DEPTH: it should be a valid"),
    ("C360_QUERY_COST", "1", "SETTINGS_INVALID", "greater than or equal to 100"),
    ("C360_QUERY_SECONDS", "inf", "SETTINGS_INVALID", "C360_QUERY_SECONDS: it should be at most"),
    ("C360_AUDIT_DAYS", "1e9", "SETTINGS_INVALID", "C360_AUDIT_DAYS: it should be at most 36500"),
    ("C360_LAG_LIMIT", "9" * 30, "SETTINGS_INVALID", "C360_LAG_LIMIT: it should be at most"),
    ("C360_QEURY_DEPTH", "5", "SETTING_UNKNOWN", "did you mean C360_QUERY_DEPTH?"),
    ("C360_PORT", "9000", "SETTING_UNKNOWN", "C360_PORT"),
    ("C360_LOG", "redis://x", "LOG_UNKNOWN", "kafka://host:port"),
    ("C360_PROFILE_STORE", "mysql://x", "STORE_UNKNOWN", "C360_PROFILE_STORE must be"),
    ("C360_HOST", "no.such.invalid", "ADDRESS_UNUSABLE", "give another --host"),
]


@pytest.mark.parametrize(("name", "value", "code", "help_"), WRONG_SETTINGS)
def test_a_wrong_setting_is_named_with_what_it_may_be(
    start: Start, monkeypatch: pytest.MonkeyPatch, name: str, value: str, code: str, help_: str
) -> None:
    monkeypatch.setenv(name, value)
    found = start("up", "--port", 9401)
    assert found.startswith(f"c360: {code}: ")
    assert help_ in found


@pytest.mark.parametrize(
    "command",
    [("up",), ("up", "--processes"), ("demo",), ("serve", "gateway"), ("serve", "profile")],
)
def test_a_port_that_is_taken_is_told_in_every_mode(
    start: Start, taken: int, command: tuple[str, ...]
) -> None:
    found = start(*command, "--port", taken)
    assert found.startswith(f"c360: PORT_IN_USE: port {taken} of {LOOPBACK} is in use")
    assert "--port" in found


def test_the_ports_of_services_are_ports_too(start: Start) -> None:
    assert "PORT_INVALID" in start("up", "--processes", "--port", 65_535)


@pytest.mark.parametrize(
    "command", [("up",), ("up", "--processes"), ("demo",), ("serve", "gateway")]
)
def test_whoever_comes_second_to_a_data_directory_is_refused(
    start: Start, tmp_path: Path, command: tuple[str, ...]
) -> None:
    with sole_process(assemble(tmp_path), ["gateway"]):
        found = start(*command, "--port", 9401)
    assert found.startswith("c360: DATA_IN_USE: process ")
    assert str(os.getpid()) in found
    assert "--data" in found


def test_a_broken_catalog_and_a_broken_policy_are_told_with_their_line(
    start: Start, tmp_path: Path
) -> None:
    assemble(tmp_path)
    good = (tmp_path / "catalog.yaml").read_text("utf-8")
    (tmp_path / "catalog.yaml").write_text("sources: [", "utf-8")
    assert "CATALOG_INVALID: catalog.yaml:" in start("up", "--port", 9401)
    (tmp_path / "catalog.yaml").write_text(good, "utf-8")
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "policy.csv").write_text("garbage\n", "utf-8")
    assert start("up", "--port", 9401).startswith("c360: POLICY_INVALID: line 1")


def test_a_data_directory_that_is_a_file_is_named(start: Start, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert "FILE_UNUSABLE" in start("up", data=tmp_path / "file")


def test_parts_of_an_instance_stand_beside_each_other_and_the_next_one_may_come(
    tmp_path: Path,
) -> None:
    instance = assemble(tmp_path)
    for _ in range(2):
        with sole_process(instance, ["gateway"]), sole_process(instance, tuple(PORTS)):
            pass


def test_a_gateway_with_a_name_of_its_own_stands_beside_another(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = assemble(tmp_path)
    with sole_process(instance, ["gateway"]):
        monkeypatch.setenv("C360_REPLICA", "second")
        with sole_process(instance, ["gateway"], wait_s=0):
            with pytest.raises(SettingsError), sole_process(instance, ["gateway"], wait_s=0):
                raise AssertionError
            with sole_process(instance, ["identity"], wait_s=0):
                pass


def test_the_death_of_a_process_frees_what_it_held(tmp_path: Path) -> None:
    script = (
        "import sys, time; from pathlib import Path;"
        "from c360_cli.assembly import assemble;"
        "from c360_cli.running.locking import sole_instance\n"
        "with sole_instance(assemble(Path(sys.argv[1]))): print('held', flush=True); time.sleep(99)"
    )
    command = [sys.executable, "-c", script, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        holder.kill()
    with sole_process(assemble(tmp_path), ["gateway"], wait_s=0):
        pass


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("C360_TEST_MONGODB", "x"),
        ("C360_REQUIRE_SERVERS", "1"),
        ("C360_URL", "http://x"),
        ("c360_query_depth", "5"),
        ("C360_GATEWAY_SERVICE_HOST", "10.0.0.1"),
        ("C360_GATEWAY.port_8360_TCP", "tcp://10.0.0.1:8360"),
        ("C360_PORT", "tcp://10.0.0.1:8360"),
    ],
)
def test_what_is_a_setting_or_belongs_to_others_is_let_through(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    assemble(tmp_path)
    monkeypatch.setenv(name, value)
    ran = CliRunner().invoke(app, ["token", "--role", "x", "--data", str(tmp_path)])
    assert ran.exit_code == 0, ran.output


def test_the_command_alone_helps_and_tells_its_version() -> None:
    alone = CliRunner().invoke(app, [])
    assert alone.exit_code == 0
    assert "Commands" in alone.stdout
    versioned = CliRunner().invoke(app, ["--version"])
    assert (versioned.exit_code, versioned.stdout) == (0, "c360 0.1.0\n")


@pytest.mark.parametrize(("name", "value"), [(one[0], one[1]) for one in WRONG_SETTINGS])
def test_a_first_start_that_is_refused_leaves_nothing_behind(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    start("up", "--port", 9401, data=tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


def test_a_first_start_on_a_taken_port_leaves_nothing_behind(
    start: Start, tmp_path: Path, taken: int
) -> None:
    assert "PORT_IN_USE" in start("up", "--port", taken, data=tmp_path / "new")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("command", [("up",), ("serve", "profile"), ("status",), ("digest",)])
@pytest.mark.parametrize("left", ["log/log.db", "profile.db"])
def test_an_instance_that_lost_its_catalog_is_given_no_other(
    start: Start, tmp_path: Path, command: tuple[str, ...], left: str
) -> None:
    assemble(tmp_path)
    (tmp_path / left).parent.mkdir(exist_ok=True)
    (tmp_path / left).touch()
    (tmp_path / "catalog.yaml").unlink()
    assert "CATALOG_MISSING" in start(*command)
    assert not (tmp_path / "catalog.yaml").exists()


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "STORE_FULL"),
        (errno.EDQUOT, "STORE_FULL"),
        (errno.EROFS, "STORE_READ_ONLY"),
        (errno.EIO, "STORE_DISK"),
        (errno.EMFILE, "FILE_UNUSABLE"),
    ],
)
def test_a_disk_at_fault_is_told_by_its_code_and_the_file(
    start: Start, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, code: str
) -> None:
    def fails(*_: object) -> None:
        raise OSError(number, os.strerror(number), str(tmp_path / "catalog.yaml"))

    monkeypatch.setattr("c360_cli.assembly.copy_default_catalog", fails)
    found = start("up", "--port", 9401)
    assert found.startswith(f"c360: {code}: ") and "catalog.yaml" in found
