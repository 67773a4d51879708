"""The server's settings follow the machine."""

import pytest

from vernost.embedded import tuning
from vernost.embedded.tuning import GIB, MIB


@pytest.mark.parametrize(
    ("memory", "shared_buffers", "maintenance", "cache"),
    [
        (64 * GIB, "4096MB", "1024MB", "32768MB"),
        (16 * GIB, "4096MB", "1024MB", "8192MB"),
        (2 * GIB, "512MB", "128MB", "1024MB"),
        (40 * MIB, "16MB", "16MB", "20MB"),
    ],
)
def test_buffers_are_a_quarter_of_memory_up_to_four_gigabytes(memory, shared_buffers, maintenance, cache):
    chosen = tuning.settings(memory=memory, shared_memory=GIB)
    assert (chosen["shared_buffers"], chosen["maintenance_work_mem"], chosen["effective_cache_size"]) == (
        shared_buffers,
        maintenance,
        cache,
    )


def test_fixed_settings():
    chosen = tuning.settings(memory=GIB, shared_memory=GIB)
    wanted = {"listen_addresses": "", "work_mem": "64MB", "max_wal_size": "4GB", "jit": "off"}
    assert {name: chosen[name] for name in wanted} == wanted
    assert "dynamic_shared_memory_type" not in chosen


def test_a_small_dev_shm_is_not_used():
    chosen = tuning.settings(memory=GIB, shared_memory=64 * MIB)
    assert chosen["dynamic_shared_memory_type"] == "mmap"


def test_failed_statements_stay_out_of_the_log():
    chosen = tuning.settings(memory=GIB, shared_memory=GIB)
    assert (chosen["log_min_error_statement"], chosen["log_error_verbosity"]) == ("panic", "terse")
