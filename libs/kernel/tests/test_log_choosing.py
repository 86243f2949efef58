"""Which log the settings name."""

from __future__ import annotations

from pathlib import Path

import pytest
from c360_kernel.errors import SettingsError
from c360_kernel.log.choosing import open_log
from c360_kernel.log.kafka import KafkaLog
from c360_kernel.log.sqlite import SqliteLog
from c360_kernel.settings import Settings


@pytest.mark.parametrize("url", ["kafka://localhost:1", "kafka+s://u:p@localhost:1"])
async def test_a_kafka_url_is_a_log_there(tmp_path: Path, url: str) -> None:
    log = open_log(Settings(data=tmp_path, log=url))
    assert isinstance(log, KafkaLog)
    await log.close()


async def test_without_one_the_log_is_in_the_data_directory(tmp_path: Path) -> None:
    log = open_log(Settings(data=tmp_path))
    assert isinstance(log, SqliteLog)
    assert (tmp_path / "log" / "log.db").exists()
    await log.close()


@pytest.mark.parametrize("url", ["", "localhost:9092", "nats://localhost", "xkafka://localhost:1"])
def test_any_other_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsError) as refused:
        open_log(Settings(data=tmp_path, log=url))
    assert refused.value.code == "LOG_UNKNOWN"
