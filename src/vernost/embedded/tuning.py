"""The server's settings, made for the machine at every start."""

import os
from pathlib import Path
from typing import Final

MIB: Final = 1024 * 1024
GIB: Final = 1024 * MIB

_CGROUP_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)


def settings(*, memory: int, shared_memory: int) -> dict[str, str]:
    """Return the settings for a machine with so many bytes of memory and of /dev/shm."""
    chosen = {
        "listen_addresses": "",
        "unix_socket_permissions": "0700",
        # Web processes with a pool each, the worker, commands beside them.
        "max_connections": "200",
        "shared_buffers": _megabytes(min(memory // 4, 4 * GIB)),
        "effective_cache_size": _megabytes(memory // 2),
        "work_mem": "64MB",
        "maintenance_work_mem": _megabytes(min(memory // 16, GIB)),
        "max_wal_size": "4GB",
        # Nobody follows this server: a first load into a table made anew need not be written to the journal too.
        "wal_level": "minimal",
        "max_wal_senders": "0",
        "random_page_cost": "1.1",
        "jit": "off",
        "timezone": "UTC",
        "log_timezone": "UTC",
        "logging_collector": "on",
        "log_directory": "log",
        "log_filename": "postgres-%a.log",
        "log_rotation_age": "1d",
        "log_rotation_size": "0",
        "log_truncate_on_rotation": "on",
        "log_line_prefix": "%m [%p] %a ",
        # A failed statement and its DETAIL carry names and telephone numbers.
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
    }
    if shared_memory < GIB:
        # Containers give /dev/shm 64 MB, too little for the hash tables of parallel plans.
        chosen["dynamic_shared_memory_type"] = "mmap"
    return chosen


def memory() -> int:
    """Return the bytes of memory that this machine or container may use."""
    total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    return min([total, *_container_limits()])


def shared_memory() -> int:
    try:
        size = os.statvfs("/dev/shm")  # noqa: S108 - asked for its size, nothing is written
    except OSError:
        return 0
    return size.f_blocks * size.f_frsize


def _container_limits() -> list[int]:
    limits = []
    for file in _CGROUP_LIMITS:
        try:
            limits.append(int(file.read_text(encoding="ascii")))
        except (OSError, ValueError):
            continue
    return limits


def _megabytes(size: int) -> str:
    return f"{max(size // MIB, 16)}MB"
