"""Subcommands that stay: up, serve, demo."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from typing import Annotated

import typer
import uvloop
from c360_kernel.errors import Invalid

from c360_cli.assembly import Instance, assemble
from c360_cli.catalogs import instance_of_child
from c360_cli.commands.options import DEFAULT_DATA, Data, PartName
from c360_cli.rehearsal import rehearse
from c360_cli.running.arenas import keep_few_arenas
from c360_cli.running.ports import ports_above, refuse_taken
from c360_cli.running.processes import begin_forked, follow_parent
from c360_cli.topology import CONNECT, GATEWAY, NAMES, PORTS, import_services

_LOOPBACK = "127.0.0.1"

Host = Annotated[str, typer.Option(envvar="C360_HOST", help="Address to listen on.")]


def up(
    data: Data = DEFAULT_DATA,
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port of the gateway.")
    ] = GATEWAY.port,
    host: Host = _LOOPBACK,
    processes: Annotated[
        bool, typer.Option("--processes", help="Each service in a process of its own.")
    ] = False,
) -> None:
    """Run all of an instance on embedded stores under one data directory."""
    keep_few_arenas()
    refuse_taken(host, port)
    _tell_gateway(port)
    if processes:
        _up_in_processes(data, host, port)
        return
    rehearse(data)
    from c360_cli.connecting.beside import with_connectors  # noqa: PLC0415
    from c360_cli.running.gateway_process import run_all  # noqa: PLC0415

    _log_to_stderr()
    instance = assemble(data)
    uvloop.run(with_connectors(instance, _url(port), run_all(instance, host, port)))


def serve(
    part: Annotated[PartName, typer.Argument(metavar="SERVICE", help="What to serve.")],
    data: Data = DEFAULT_DATA,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on.")] = None,
    host: Host = _LOOPBACK,
    subgraphs: Annotated[
        str,
        typer.Option(
            envvar="C360_SUBGRAPHS",
            help="Gateway: where the services are, as name=URL,name=URL, or a URL for all with"
            " {name} and {port} in it; default loopback.",
        ),
    ] = "",
    supergraph: Annotated[
        Path | None, typer.Option(help="Gateway: serve this supergraph instead of our own.")
    ] = None,
    policy: Annotated[
        Path | None, typer.Option(help="Gateway: directory of model.conf and policy.csv.")
    ] = None,
    with_parent: Annotated[bool, typer.Option("--with-parent", hidden=True)] = False,
) -> None:
    """Run one part of an instance, as in a container."""
    keep_few_arenas()
    _log_to_stderr()
    if with_parent:
        follow_parent()
    if part.value == CONNECT.name:
        _serve_connectors(data, host, port)
    elif part.value != GATEWAY.name:
        _serve_service(
            part.value, instance_of_child(data) if with_parent else assemble(data), host, port
        )
    elif supergraph is not None:
        _serve_before(supergraph, policy, data, host, port)
    else:
        _serve_gateway(subgraphs, data, host, port)


def demo(
    data: Data = Path("data/demo"),
    port: Annotated[
        int, typer.Option(min=1, max=65535, help="Port of the gateway.")
    ] = GATEWAY.port,
    once: Annotated[bool, typer.Option("--once", help="End after the answers.")] = False,
) -> None:
    """Load a small world, ask it as four roles and who saw what, and stay up in a terminal."""
    from c360_cli.demo.computing import copy_catalog  # noqa: PLC0415
    from c360_cli.demo.show import run_demo  # noqa: PLC0415

    copy_catalog(data)
    uvloop.run(run_demo(assemble(data), port, once))


def _up_in_processes(data: Path, host: str, port: int) -> None:
    from c360_cli.connecting.beside import with_connectors  # noqa: PLC0415
    from c360_cli.running.forking import fork  # noqa: PLC0415
    from c360_cli.running.gateway_process import run_processes  # noqa: PLC0415

    import_services()
    # Nothing of an instance is open yet: what a store or a log holds does not bear a fork.
    forked = fork(NAMES)
    _log_to_stderr()
    if forked.name:
        begin_forked()
        _serve_service(
            forked.name, instance_of_child(data), _LOOPBACK, ports_above(port)[forked.name]
        )
        return
    rehearse(data)
    instance = assemble(data)
    serving = run_processes(instance, host, port, forked.children)
    uvloop.run(with_connectors(instance, _url(port), serving))


def _serve_service(name: str, instance: Instance, host: str, port: int | None) -> None:
    from c360_cli.running.service_process import run_service  # noqa: PLC0415

    uvloop.run(run_service(instance, name, host, port or PORTS[name]))


def _serve_connectors(data: Path, host: str, port: int | None) -> None:
    from c360_cli.connecting.alone import run_connectors  # noqa: PLC0415

    uvloop.run(run_connectors(assemble(data), host, port or CONNECT.port))


def _serve_gateway(subgraphs: str, data: Path, host: str, port: int | None) -> None:
    from c360_cli.running.gateway_process import run_gateway  # noqa: PLC0415

    uvloop.run(run_gateway(assemble(data), urls_of(subgraphs), host, port or GATEWAY.port))


def _serve_before(
    supergraph: Path, policy: Path | None, data: Path, host: str, port: int | None
) -> None:
    from c360_cli.running.gateway_process import run_before  # noqa: PLC0415

    uvloop.run(run_before(assemble(data), supergraph, policy, host, port or GATEWAY.port))


def urls_of(subgraphs: str) -> dict[str, str]:
    """Where each service is. Raises `Invalid` (SUBGRAPHS_INVALID)."""
    if "{" in subgraphs:
        return {name: _filled(subgraphs, name, port) for name, port in PORTS.items()}
    urls = {name: f"http://{_LOOPBACK}:{port}" for name, port in PORTS.items()}
    for pair in filter(None, subgraphs.split(",")):
        name, equals, url = pair.partition("=")
        if not equals or name not in PORTS:
            raise _subgraphs_invalid()
        urls[name] = url.rstrip("/")
    return urls


def _filled(pattern: str, name: str, port: int) -> str:
    url = pattern.replace("{name}", name).replace("{port}", str(port)).rstrip("/")
    if "{" in url or "}" in url:
        raise _subgraphs_invalid()
    return url


def _subgraphs_invalid() -> Invalid:
    message = f"subgraphs are {', '.join(PORTS)}: name=URL, or one URL with {{name}} and {{port}}"
    return Invalid(message, code="SUBGRAPHS_INVALID")


def _tell_gateway(port: int) -> None:
    """Where destinations ask what they may be told, for this process and those that it starts."""
    os.environ.setdefault("C360_ACTIVATION_GATEWAY", _url(port))


def _url(port: int) -> str:
    return f"http://{_LOOPBACK}:{port}"


def _log_to_stderr() -> None:
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
