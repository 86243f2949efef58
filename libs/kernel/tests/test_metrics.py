"""What a scraper is told: the text form, the lag, and nothing of a customer."""

from __future__ import annotations

import threading

import httpx
from c360_kernel.errors import Transient
from c360_kernel.log.entry import Partition
from c360_kernel.log.lag import Lags
from c360_kernel.log.memory import MemoryLog
from c360_kernel.log.topics import RECORDS
from c360_kernel.metrics import INSTRUMENTS
from c360_kernel.metrics.endpoint import metrics_route
from c360_kernel.metrics.instruments import Counter, Gauge, Histogram
from c360_kernel.testing.entries import record_entry
from starlette.applications import Starlette

RELEASED = {
    "c360_connect_forgotten_total",
    "c360_requests_total",
    "c360_request_seconds",
    "c360_denials_total",
    "c360_plan_cache_hits_total",
    "c360_plan_cache_misses_total",
    "c360_append_queue_depth",
    "c360_entries_handled_total",
    "c360_dead_letters_total",
    "c360_ticks_total",
    "c360_scheduled_woken_total",
    "c360_resolution_seconds",
    "c360_joins_total",
    "c360_large_customers_total",
    "c360_large_customers",
    "c360_largest_customer_records",
    "c360_large_solves_failing",
    "c360_roll_ups_left_out_total",
    "c360_quality_breaches_total",
    "c360_quarantined_total",
    "c360_acts_total",
    "c360_tracking_calls_total",
    "c360_tracking_requests_total",
    "c360_connect_requests_total",
    "c360_tracking_properties_left_out_total",
    "c360_deliveries_total",
    "c360_checkpoints_kept_total",
    "c360_access_anomalies_total",
    "c360_workers_stopped_total",
    "c360_consumer_lag",
}


async def scrape(lags: Lags | None = None, method: str = "GET") -> httpx.Response:
    transport = httpx.ASGITransport(Starlette(routes=[metrics_route(lags)]))
    async with httpx.AsyncClient(transport=transport, base_url="http://service") as client:
        return await client.request(method, "/metrics")


def test_a_counter_has_a_line_for_each_combination_of_labels() -> None:
    counter = Counter("done_total", "What was done.", ("code",))
    counter.add("B")
    counter.add("A", amount=2)
    assert list(counter.lines()) == [
        "# HELP done_total What was done.",
        "# TYPE done_total counter",
        'done_total{code="A"} 2',
        'done_total{code="B"} 1',
    ]


def test_a_counter_without_labels_begins_at_nought() -> None:
    assert list(Counter("done_total", "Done.").lines())[-1] == "done_total 0"


def test_labels_cannot_break_out_of_their_quotes() -> None:
    counter = Counter("done_total", "Done.", ("code",))
    counter.add('a"b\\c\nd')
    assert list(counter.lines())[-1] == r'done_total{code="a\"b\\c\nd"} 1'


def test_a_gauge_goes_up_and_down_whatever_happens() -> None:
    gauge = Gauge("depth", "Depth.")
    with gauge, gauge:
        assert list(gauge.lines())[-1] == "depth 2"
    assert list(gauge.lines())[-1] == "depth 0"


def test_a_histogram_counts_what_is_at_or_below_each_bound() -> None:
    histogram = Histogram("took_seconds", "Took.", (0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 3.0):
        histogram.observe(seconds)
    assert list(histogram.lines())[2:] == [
        'took_seconds_bucket{le="0.1"} 2',
        'took_seconds_bucket{le="1"} 3',
        'took_seconds_bucket{le="+Inf"} 4',
        "took_seconds_sum 3.65",
        "took_seconds_count 4",
    ]


def test_threads_lose_no_count() -> None:
    counter, rounds = Counter("done_total", "Done.", ("code",)), 5_000

    def count() -> None:
        for _ in range(rounds):
            counter.add("A")

    threads = [threading.Thread(target=count) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert counter.value("A") == 4 * rounds


async def test_lag_is_what_a_group_has_not_committed() -> None:
    log = MemoryLog(partitions=1)
    await log.append([record_entry(f"k{n}") for n in range(5)])
    await log.commit("identity", {Partition(RECORDS, 0): 2})
    text = (await scrape(Lags(log, {"identity": [RECORDS], "profile": [RECORDS]}))).text
    assert 'c360_consumer_lag{topic="records",group="identity"} 3' in text
    assert 'c360_consumer_lag{topic="records",group="profile"} 5' in text


async def test_a_log_that_is_away_hides_no_other_metric() -> None:
    class Away(MemoryLog):
        async def committed(self, group: str):
            raise Transient("away")

    answer = await scrape(Lags(Away(), {"identity": [RECORDS]}))
    assert answer.status_code == 200
    assert "c360_requests_total" in answer.text
    assert "c360_consumer_lag{" not in answer.text


async def test_dashboards_find_every_released_name() -> None:
    text = (await scrape(Lags(MemoryLog(), {}))).text
    values = {line.split()[2] for line in text.splitlines() if line.startswith("# TYPE")}
    assert values == RELEASED
    assert len(INSTRUMENTS) == len(RELEASED) - 1


async def test_metrics_are_only_read() -> None:
    assert (await scrape(method="POST")).status_code == 405
