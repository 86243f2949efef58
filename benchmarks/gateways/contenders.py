"""The gateways that are compared: how each is started over the same supergraph."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from .npm import Packages, Unavailable, installed, tool
from .scenario import Scenario, write_policy

_APOLLO = Packages(
    "apollo-gateway",
    {"@apollo/gateway": "2.14.1", "@apollo/server": "5.5.1", "graphql": "16.13.1"},
)
_HIVE = Packages(
    "hive-gateway",
    {"@graphql-hive/gateway": "2.15.1", "graphql": "16.13.1"},
    # The version that it names itself does not run on Node 20.
    {"@graphql-tools/batch-execute": "10.2.0"},
)
_GRAFBASE_CLI = "@grafbase/cli-x86_64-unknown-linux-musl"
_GRAFBASE = Packages("grafbase", {_GRAFBASE_CLI: "0.103.0"})
_QUERY_COST = "1000000"
"""The nested query multiplies lists whose sizes no `@listSize` tells."""
_END_S = 10


@dataclass(frozen=True, slots=True)
class Stage:
    """Where a gateway is started: its own folder and port, before the scenario's subgraphs."""

    scenario: Scenario
    directory: Path
    port: int
    subgraphs_port: int

    @property
    def supergraph(self) -> Path:
        """The supergraph's file."""
        return self.directory / "supergraph.graphql"


@dataclass(frozen=True, slots=True)
class Launch:
    """A command, the folder it runs in, and what it finds in its environment."""

    command: tuple[str | Path, ...]
    directory: Path
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    path: str = "/graphql"


def c360(stage: Stage) -> Launch:
    """Ours, with policy and audit."""
    policy = stage.directory / "policy"
    write_policy(policy, stage.scenario.policy)
    command = Path(sys.executable).with_name("c360")
    stated = ("--supergraph", stage.supergraph, "--policy", policy, "--data", data_of(stage))
    return Launch(
        (command, "serve", "gateway", *stated, "--port", str(stage.port)),
        stage.directory,
        {"C360_QUERY_COST": _QUERY_COST},
    )


def data_of(stage: Stage) -> Path:
    """Our gateway's data directory: the key that its tokens are signed with is there."""
    return stage.directory / "data"


def apollo(stage: Stage) -> Launch:
    """Apollo Gateway in Apollo Server."""
    home = installed(_APOLLO)
    script = Path(__file__).with_name("apollo.cjs")
    values = {"SUPERGRAPH": str(stage.supergraph), "PORT": str(stage.port)}
    return Launch((tool("node"), script), home, values, path="/")


def hive(stage: Stage) -> Launch:
    """Hive Gateway, one process."""
    tool("node")
    command = installed(_HIVE) / "node_modules/.bin/hive-gateway"
    stated = ("--port", str(stage.port), "--host", "127.0.0.1", "--fork", "1")
    quiet = {"LOG_LEVEL": "warn"}
    return Launch((command, "supergraph", stage.supergraph, *stated), stage.directory, quiet)


def grafbase(stage: Stage) -> Launch:
    """Grafbase's gateway, in the development server of its command line."""
    command = installed(_GRAFBASE) / "node_modules" / _GRAFBASE_CLI / "grafbase"
    config = stage.directory / "grafbase.toml"
    config.write_text(_grafbase_config(stage), "utf-8")
    stated = ("dev", "--config", config, "--listen-address", f"127.0.0.1:{stage.port}")
    return Launch((command, "--home", stage.directory, *stated), stage.directory)


def _grafbase_config(stage: Stage) -> str:
    lines = ["[telemetry]", "[telemetry.tracing]", "sampling = 0"]
    for name, url in stage.scenario.at(stage.subgraphs_port).items():
        sdl = stage.directory / f"{name}.graphql"
        sdl.write_text(stage.scenario.subgraphs[name].sdl, "utf-8")
        lines += [f"[subgraphs.{name}]", f'url = "{url}"', f'schema_path = "{sdl}"']
    return "\n".join(lines) + "\n"


CONTENDERS: Mapping[str, Callable[[Stage], Launch]] = {
    "c360": c360,
    "apollo-gateway": apollo,
    "hive-gateway": hive,
    "grafbase": grafbase,
}


@contextmanager
def running(launch: Launch, log: Path) -> Generator[int]:
    """Run a gateway for a block; gives its process id. What it prints goes to `log`."""
    environment = {**os.environ, "NODE_ENV": "production", **launch.environment}
    with log.open("wb") as output:
        process = subprocess.Popen(
            launch.command,
            cwd=launch.directory,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            yield process.pid
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(_END_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


__all__ = ["CONTENDERS", "Launch", "Stage", "Unavailable", "data_of", "running"]
