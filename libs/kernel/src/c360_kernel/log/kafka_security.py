"""How brokers are reached where not everybody may: TLS, our certificate, a user's password.

Names of protocols and mechanisms are Kafka's (`security.protocol`, `sasl.mechanism`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from c360_kernel.tls import client_context

MECHANISMS: Mapping[str, str] = {
    "scram-sha-512": "SCRAM-SHA-512",
    "scram-sha-256": "SCRAM-SHA-256",
    "plain": "PLAIN",
}


@dataclass(frozen=True, slots=True)
class KafkaSecurity:
    """What a client shows and believes; the least of it is a connection that all can read.

    `authorities` are whom we believe who a broker is, a PEM file; empty: the system's.
    `certificate` and `key` are ours, PEM files, where brokers ask for one. Without a `user` there
    is no password.
    """

    is_encrypted: bool = False
    authorities: str = ""
    certificate: str = ""
    key: str = ""
    mechanism: str = MECHANISMS["scram-sha-512"]
    user: str = ""
    password: str = field(default="", repr=False)

    def client_options(self) -> Mapping[str, Any]:
        """As every client of the driver takes it. Raises `OSError` for a file that is none."""
        if not self.is_encrypted:
            return {}
        options: dict[str, Any] = {
            "security_protocol": "SASL_SSL" if self.user else "SSL",
            "ssl_context": client_context(self.authorities, self.certificate, self.key),
        }
        if self.user:
            options["sasl_mechanism"] = self.mechanism
            options["sasl_plain_username"] = self.user
            options["sasl_plain_password"] = self.password
        return options
