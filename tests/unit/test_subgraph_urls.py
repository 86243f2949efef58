"""Where the gateway is told that services are: one by one, or by a pattern for all."""

from __future__ import annotations

import pytest
from c360_kernel.errors import Invalid

from c360_cli.commands.serving import urls_of
from c360_cli.topology import PORTS


def test_a_service_that_is_not_named_listens_on_the_loopback() -> None:
    first, *_ = PORTS
    urls = urls_of(f"{first}=https://elsewhere/")
    assert urls.pop(first) == "https://elsewhere"
    assert urls == {name: f"http://127.0.0.1:{PORTS[name]}" for name in urls}


def test_a_pattern_holds_for_every_service() -> None:
    assert urls_of("http://{name}.c360:{port}/") == {
        name: f"http://{name}.c360:{port}" for name, port in PORTS.items()
    }


@pytest.mark.parametrize(
    "given", ["nobody=http://x", "identity", "http://{service}:{port}", "{name"]
)
def test_what_names_no_service_is_refused(given: str) -> None:
    with pytest.raises(Invalid) as refused:
        urls_of(given)
    assert refused.value.code == "SUBGRAPHS_INVALID"
