"""Connectors run by themselves, as in a container: nothing else of an instance is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from c360_connect.files import StateFile
from c360_connect.health import connect_app
from c360_connect.running import names_of
from c360_connect.settings import ConnectSettings
from c360_connectors.form import Connector
from c360_kernel.errors import SettingsError
from c360_kernel.outgoing.addresses import networks_of
from c360_kernel.tls import server_tls

from c360_cli.assembly import Instance
from c360_cli.connecting.beside import readable, served_with
from c360_cli.running.background import unwind_when_told_to_end
from c360_cli.running.connections import limits_of
from c360_cli.running.http import server
from c360_cli.running.ports import refuse_taken


async def run_connectors(instance: Instance, host: str, port: int) -> None:
    """Run what is in the folder of connectors, if anything, until told to stop.

    Raises `SettingsError` (DATA_IN_USE) where another process runs one of them, and for networks
    that are none: it would be ready, and run nothing.
    """
    refuse_taken(host, port)
    settings = ConnectSettings(data=instance.directory.root)
    networks_of(settings.connect_networks)
    connectors = readable(settings)
    log = instance.open_log()
    app = connect_app(log, connectors, lambda: stopped(settings, connectors))
    serving = server(app, port, host, limits=limits_of(settings), tls=server_tls(settings))
    unwind_when_told_to_end()
    try:
        gateway = settings.connect_gateway
        await served_with(instance, settings, connectors, gateway, serving.serve())
    finally:
        await log.close()


def stopped(settings: ConnectSettings, connectors: Sequence[Connector]) -> Mapping[str, str]:
    """The code of each that somebody has to look at, by its name."""
    names = [name for one in connectors for name in names_of(one)]
    codes = {name: _code(StateFile(settings.data, name)) for name in names}
    return {name: code for name, code in codes.items() if code}


def _code(states: StateFile) -> str:
    """What stopped a connector, "" for nothing. Also that nobody can read how far it is."""
    try:
        state = states.load()
    except SettingsError as error:
        return error.code
    return state.code if state.is_stopped else ""
