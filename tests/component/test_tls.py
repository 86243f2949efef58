"""Services over TLS: who shows nothing that they believe is not answered, nor believed."""

import contextlib
import threading
import time

import pytest
from c360_federation.execute.transport import SubgraphRequest, SubgraphUnreachable
from c360_federation.execute.weighing import AnswerLimits
from c360_gateway.assembly.subgraphs import subgraph_tls
from c360_gateway.auth.principal import Principal
from c360_gateway.context import OperationContext
from c360_gateway.readiness import HttpProbe, State
from c360_gateway.settings import GatewaySettings
from c360_gateway.transport.http import RemoteSubgraph, signed_http
from c360_kernel.context import CallerContext
from c360_kernel.errors import SettingsError
from c360_kernel.settings import Settings
from c360_kernel.subgraph.asgi import subgraph_app
from c360_kernel.tls import server_tls

from c360_cli.assembly import assemble
from c360_cli.running.http import server
from c360_cli.running.live import LiveInstance
from tests.e2e.running import free_port
from tests.servers.certificates import Authority

ANN = Principal("ann", ("privacy_officer",), "", frozenset(), 0)
CALLER = OperationContext(CallerContext(ANN.subject, ANN.roles), ANN)
REQUEST = SubgraphRequest("{ _service { sdl } }", {})


@pytest.fixture
def authority(tmp_path):
    return Authority(tmp_path / "ours")


@pytest.fixture
def service(tmp_path, authority):
    """The address of a subgraph that answers only who shows a certificate of the authority."""
    instance = assemble(tmp_path / "data")
    assert instance.services
    certificate, key = authority.vouch("segment")
    settings = Settings(tls_cert=certificate, tls_key=key, tls_clients=authority.file)
    keys = instance.directory.subgraph_keys("segment")
    graph = LiveInstance(instance, ["segment"]).graphs["segment"]
    serving = server(subgraph_app(graph, keys), free_port(), tls=server_tls(settings))
    with running(serving):
        yield RemoteSubgraph(f"https://127.0.0.1:{serving.config.port}/graphql", keys)


@contextlib.contextmanager
def running(serving):
    thread = threading.Thread(target=serving.run)
    thread.start()
    try:
        while not serving.started:
            assert thread.is_alive()
            time.sleep(0.02)
        yield
    finally:
        serving.should_exit = True
        thread.join()


def tls_of(authority, *shown):
    names = ("subgraph_cert", "subgraph_key")
    files = dict(zip(names, shown, strict=False))
    return subgraph_tls(GatewaySettings(subgraph_ca=authority.file, **files))


async def ask(service, tls):
    transport = signed_http({"segment": service}, AnswerLimits(1_000, 1_000_000), tls)
    try:
        return await transport.execute("segment", REQUEST, CALLER)
    finally:
        await transport.close()


async def state(service, tls):
    url = service.url.replace("/graphql", "/readyz")
    return (await HttpProbe(url, tls).probe()).state


async def test_both_sides_show_a_certificate(service, authority):
    tls = tls_of(authority, *authority.vouch("gateway"))
    assert "type Query" in (await ask(service, tls)).data["_service"]["sdl"]
    assert await state(service, tls) is State.READY


async def test_who_shows_nothing_is_not_answered(service, authority):
    with pytest.raises(SubgraphUnreachable):
        await ask(service, tls_of(authority))
    assert await state(service, tls_of(authority)) is State.UNREACHABLE


async def test_who_shows_what_others_vouch_for_is_not_answered(service, authority, tmp_path):
    stranger = Authority(tmp_path / "theirs").vouch("gateway")
    with pytest.raises(SubgraphUnreachable):
        await ask(service, tls_of(authority, *stranger))


async def test_a_service_that_nobody_vouches_for_is_not_believed(service, authority, tmp_path):
    stranger = Authority(tmp_path / "theirs")
    with pytest.raises(SubgraphUnreachable):
        await ask(service, tls_of(stranger, *authority.vouch("gateway")))


@pytest.mark.parametrize(
    "wrong",
    [{"tls_key": "key.pem"}, {"tls_clients": "ca.pem"}, {"tls_cert": "/nowhere/cert.pem"}],
)
def test_half_of_a_certificate_serves_nothing(wrong):
    with pytest.raises(SettingsError) as refused:
        server_tls(Settings(**wrong))
    assert refused.value.code == "TLS_INVALID"


def test_without_a_certificate_nothing_is_encrypted():
    assert server_tls(Settings()) is None
    assert subgraph_tls(GatewaySettings()) is None
