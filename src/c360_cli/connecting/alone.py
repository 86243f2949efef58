"""Connectors run by themselves, as in a container: nothing else of an instance is here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from c360_connect.files import StateFile
from c360_connect.health import connect_app
from c360_connect.running import names_of
from c360_connect.settings import ConnectSettings
from c360_connectors.form import Connector
from c360_kernel.tls import server_tls

from c360_cli.assembly import Instance
from c360_cli.connecting.beside import readable, served_with
from c360_cli.running.background import unwind_when_told_to_end
from c360_cli.running.connections import limits_of
from c360_cli.running.http import server
from c360_cli.running.ports import refuse_taken


async def run_connectors(instance: Instance, host: str, port: int) -> None:
    """Run what is in the folder of connectors, if anything, until told to stop.

    Raises `SettingsError` (DATA_IN_USE) where another process runs one of them.
    """
    refuse_taken(host, port)
    settings = ConnectSettings(data=instance.directory.root)
    connectors = readable(settings)
    log = instance.open_log()
    app = connect_app(log, connectors, lambda: _stopped(settings, connectors))
    serving = server(app, port, host, limits=limits_of(settings), tls=server_tls(settings))
    unwind_when_told_to_end()
    try:
        gateway = settings.connect_gateway
        await served_with(instance, settings, connectors, gateway, serving.serve())
    finally:
        await log.close()


def _stopped(settings: ConnectSettings, connectors: Sequence[Connector]) -> Mapping[str, str]:
    names = [name for one in connectors for name in names_of(one)]
    states = {name: StateFile(settings.data, name).load() for name in names}
    return {name: state.code for name, state in states.items() if state.is_stopped}
