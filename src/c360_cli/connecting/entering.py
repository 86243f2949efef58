"""As whom a connector writes: by a key of its own, or by a token that the data directory mints."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from importlib.util import find_spec

from c360_connect.settings import ConnectSettings
from c360_connectors.form import Connector
from c360_kernel.errors import SettingsError
from c360_kernel.outgoing.secret_files import private_text

from c360_cli.api.credentials import local_token, refuse_unknown_sources
from c360_cli.connecting.sending import GatewayTake
from c360_cli.directory import DataDirectory
from c360_cli.imports.client import GraphQLClient

KEY = "api-key"
"""The file beside a connector's secrets that holds what `c360 keys add` printed."""


def taker_of(
    settings: ConnectSettings, url: str, token: str | None, stack: ExitStack
) -> Callable[[Connector], GatewayTake]:
    """What sends the items of a connector to the instance at `url`, until the stack is left."""

    def taker(connector: Connector) -> GatewayTake:
        client = GraphQLClient(url, lambda: token or token_of(settings, connector))
        take = GatewayTake(client)
        stack.callback(take.close)
        return take

    return taker


def token_of(settings: ConnectSettings, connector: Connector) -> str:
    """Its key, where there is one; else a token of the local issuer, which production refuses.

    Raises `Invalid` (UNKNOWN_SOURCE), `SettingsError` (KEY_FILE_EXPOSED, CONNECTOR_KEY_MISSING).
    """
    key = settings.secrets_of(connector.name) / KEY
    if key.exists():
        return private_text(key).strip()
    if find_spec("c360_gateway") is None:
        message = f"{connector.name} has no {KEY}: c360 keys add prints one"
        raise SettingsError(message, code="CONNECTOR_KEY_MISSING")
    directory = DataDirectory(settings.data)
    refuse_unknown_sources(directory, (connector.source,))
    subject = f"connector.{connector.name}"
    return local_token(directory.root, ["connector"], subject, sources=(connector.source,))
