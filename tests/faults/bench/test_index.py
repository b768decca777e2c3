"""Every fault of the bench has its test, and so has every defect that the bots before this one had."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from hedgewire.simulator.faults import BENCH

ROOT = Path(__file__).parents[3]
BENCH_TESTS = {
    "dns_failure": "tests/faults/bench/test_network.py::test_dns_failure",
    "tls_refused": "rust/net/tests/loopback/tls.rs::a_socket_to_a_self_signed_server_is_refused_by_its_certificate",
    "id_recycled": "tests/unit/journal/test_store.py::test_the_same_order_id_is_never_recorded_twice",
    "wrong_vector": "tests/contract/test_signing.py::test_the_core_signs_what_the_venue_hashes",
    "process_suspended": "tests/faults/bench/test_process.py::test_process_suspended",
    "loop_stall": "tests/faults/bench/test_process.py::test_loop_stall",
    "kill": "tests/e2e/test_restart.py::test_a_killed_process_is_followed_by_one_that_closes_what_it_left",
    "torn_journal": "tests/faults/bench/test_journal.py::test_torn_journal",
    "disk_full": "tests/faults/bench/test_journal.py::test_disk_full",
    "read_only": "tests/faults/bench/test_journal.py::test_read_only",
    "callback_error": "tests/faults/bench/test_process.py::test_callback_error",
    "terminate": "tests/faults/bench/test_process.py::test_terminate",
    "second_client": "tests/faults/bench/test_process.py::test_second_client",
}
CYCLE, GOLDEN, STORE = (
    "tests/unit/pair/test_cycle.py::", "tests/unit/pair/test_golden.py::", "tests/unit/journal/test_store.py::",
)  # fmt: skip
GUARDS = "tests/e2e/test_guards.py::test_"
HERE = "tests/faults/bench/test_index.py::"
DEFECTS = {
    "B1": (CYCLE + "test_b1_", GUARDS + "max_daily_loss"),
    "B2": (CYCLE + "test_b2_", GUARDS + "a_net_delta_above"),
    "B3": (CYCLE + "test_b3_",),
    "B4": (CYCLE + "test_v9_b4_", "tests/e2e/test_node_reports.py::test_flat_is_said_only_when_the_venue_says_so"),
    "B5": (CYCLE + "test_both_directions_build_hold_and_unwind", CYCLE + "test_an_emergency_past_its_budget"),
    "B6": (CYCLE + "test_b6_",),
    "B7": (CYCLE + "test_both_directions_build_hold_and_unwind", GOLDEN + "test_v11_sell_first_has_the_right_sign"),
    "B8": (CYCLE + "test_b8_b16_",),
    "B9": (GOLDEN + "test_v1_balanced_lots",),
    "B10": (GOLDEN + "test_b10_",),
    "B11": (GOLDEN + "test_b11_", STORE + "test_a_fill_is_recorded_once_by_trade_id"),
    "B12": (GOLDEN + "test_b12_",),
    "B13": (CYCLE + "test_b13_",),
    "B14": (CYCLE + "test_v7_b14_", CYCLE + "test_b14_", CYCLE + "test_a_leg_that_is_always_refused"),
    "B15": (CYCLE + "test_b15_",),
    "B16": (CYCLE + "test_b8_b16_", GOLDEN + "test_a_large_taker_goes_out_in_equal_parts"),
    "B17": (CYCLE + "test_b17_",),
    "B18": (CYCLE + "test_b18_",),
    "B19": (CYCLE + "test_b19_", GOLDEN + "test_b19_", "tests/e2e/test_funding.py::test_funding_is_in_the_result"),
    "B20": (HERE + "test_b20_", "tests/unit/nautilus/test_contract.py::test_every_execution_hook_is_ours"),
    "B21": (CYCLE + "test_b21_", GUARDS + "max_position_below_one_cycle"),
    "B22": (CYCLE + "test_b22_", "tests/e2e/test_targets.py::test_every_metric_of_a_cycle_is_filled_in"),
    "B23": (CYCLE + "test_a_proven_mismatch_is_adopted_once",),
    "B24": (GUARDS + "max_position_below", GUARDS + "max_daily_loss", GUARDS + "a_leg_that_never_fills",
            "tests/e2e/test_targets.py::test_every_metric_of_a_cycle_is_filled_in"),
    "B25": (HERE + "test_b25_", "tests/e2e/test_node_secrets.py::test_nothing_that_a_running_node_says_holds_the_key"),
}  # fmt: skip
"""Pair reference 2.5: each defect with tests that would be red if it came back."""


def exists(test: str) -> bool:
    """Whether the file has a test whose name begins so."""
    path, _, name = test.partition("::")
    return re.search(rf"(def|fn) {name}", (ROOT / path).read_text()) is not None


def test_every_fault_of_the_bench_is_played() -> None:
    assert set(BENCH_TESTS) == set(BENCH)


@pytest.mark.parametrize("fault", BENCH_TESTS)
def test_the_test_of_a_fault_exists(fault: str) -> None:
    assert exists(BENCH_TESTS[fault])


def test_every_defect_has_its_regression() -> None:
    assert list(DEFECTS) == [f"B{number}" for number in range(1, 26)]


@pytest.mark.parametrize("defect", DEFECTS)
def test_the_regressions_of_a_defect_exist(defect: str) -> None:
    assert [test for test in DEFECTS[defect] if not exists(test)] == []


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--", *patterns], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout
    return [ROOT / name for name in listed.splitlines() if (ROOT / name).is_file()]


def test_b20_no_test_replaces_a_part_of_ours_by_something_that_accepts_anything() -> None:
    """A mock that can be awaited hid that the production call could not."""
    mocks = re.compile(r"\b(Async|Magic|NonCallable)" + r"?Mock\(|unittest" + r"\.mock|mocker\.")
    assert [path.name for path in tracked("tests/*.py", "tests/**/*.py") if mocks.search(path.read_text())] == []


PUBLISHED = set((ROOT / "testdata" / "published_numbers.txt").read_text().split())
KEY = re.compile(r"(?<![0-9a-fA-F])(?:0x)?([0-9a-fA-F]{64})(?![0-9a-fA-F])")
BOT_TOKEN = re.compile(r"\b\d{8,10}:[A-Za-z0-9_-]{35}\b")
PEM = re.compile(r"BEGIN [A-Z ]*PRIVATE " + "KEY")


def test_b25_no_secret_is_tracked() -> None:
    """Nothing that could be a key stands in a file of the product; lock files have hashes, tests have vectors."""
    product = [path for path in tracked() if not {"tests", "testdata"} & set(path.relative_to(ROOT).parts)]
    found = []
    for path in product:
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue  # a picture
        hexadecimal = set() if path.suffix == ".lock" else {match.lower() for match in KEY.findall(text)}
        if hexadecimal - PUBLISHED or BOT_TOKEN.search(text) or PEM.search(text):
            found.append(str(path.relative_to(ROOT)))
    assert found == []
    assert not tracked("*.env", "*.key", "*.pem"), "files of secrets"
