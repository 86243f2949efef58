"""A rebuild fills a generation of its own; another format is refused until it is rebuilt."""

from dataclasses import replace

import pytest
from c360_kernel.testing.mongodb_rebuilt import RebuiltContract

from services.profile.tests.mongodb.told import service_on, world

pytestmark = pytest.mark.servers


class TestRebuild(RebuiltContract):
    states = "projection"

    def service_on(self, folder, url):
        return service_on(folder, url)

    def entries(self):
        return world(6)

    def wrong(self, payload):
        return replace(payload, traits={"city": "nowhere"})
