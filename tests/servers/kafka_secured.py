"""Apache Kafka that lets in users with a password (SASL/SCRAM), over TLS."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

from typing_extensions import override

from tests.servers.certificates import Authority
from tests.servers.kafka import KafkaServer

USER, PASSWORD = "c360", "s3cret/@:?"
_LOGIN = (
    "org.apache.kafka.common.security.scram.ScramLoginModule required"
    f' username="{USER}" password="{PASSWORD}";'
)
_SECURED = """\
listener.security.protocol.map=CONTROLLER:PLAINTEXT,SASL_SSL:SASL_SSL
inter.broker.listener.name=SASL_SSL
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.sasl_ssl.scram-sha-512.sasl.jaas.config={login}
ssl.keystore.type=PEM
ssl.keystore.location={keystore}
ssl.truststore.type=PEM
ssl.truststore.location={authorities}
"""


class SecuredKafkaServer(KafkaServer):
    """`url` is `kafka+s://user:password@host:port?ca=…`."""

    name = "kafka-secured"

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        authority = Authority(directory / "certificates")
        certificate, key = authority.vouch("broker")
        self.authorities = authority.file
        self._keystore = directory / "certificates" / "broker.pem"
        self._keystore.write_bytes(key.read_bytes() + certificate.read_bytes())

    @property
    @override
    def url(self) -> str:
        return self.url_of(USER, PASSWORD, self.authorities)

    def url_of(self, user: str, password: str, authorities: Path) -> str:
        """How somebody else would reach it."""
        login = f"{quote(user, safe='')}:{quote(password, safe='')}"
        return f"kafka+s://{login}@{self.address}?ca={quote(str(authorities))}"

    @override
    def _settings(self) -> str:
        settings = super()._settings().replace("PLAINTEXT://", "SASL_SSL://")
        return settings + _SECURED.format(
            login=_LOGIN,
            keystore=self._keystore,
            authorities=self.authorities,
        )

    @override
    def _users(self) -> list[str]:
        return ["--add-scram", f"SCRAM-SHA-512=[name={USER},password={PASSWORD}]"]
