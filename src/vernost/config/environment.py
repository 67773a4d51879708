"""What the machine tells the product, read once from the process environment."""

import ipaddress
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Environment:
    """`database_url` None means the embedded server in `data_dir`; `analytics_url` None, DuckDB in this process."""

    data_dir: Path
    database_url: str | None
    database_role: str
    secret_key: str
    debug: bool
    verbose: bool
    allowed_hosts: tuple[str, ...]
    trusted_origins: tuple[str, ...]
    behind_https: bool
    time_zone: str
    night_at: str
    analytics_url: str | None
    outgoing_networks: tuple[Network, ...]


def default_data_dir() -> Path:
    return Path("/var/lib/vernost") if os.geteuid() == 0 else Path(".vernost").absolute()


def read(variables: "os._Environ[str] | dict[str, str]" = os.environ) -> Environment:
    data_dir = Path(variables.get("VERNOST_DATA_DIR") or default_data_dir()).absolute()
    return Environment(
        data_dir=data_dir,
        database_url=variables.get("DATABASE_URL") or None,
        database_role=variables.get("VERNOST_DATABASE_ROLE") or "vernost_owner",
        secret_key=variables.get("VERNOST_SECRET_KEY") or _key_of(data_dir),
        debug=variables.get("VERNOST_DEBUG") == "1",
        verbose=variables.get("VERNOST_VERBOSE") == "1",
        allowed_hosts=_words(variables.get("VERNOST_HOSTS", "")) or ("localhost", "127.0.0.1", "[::1]"),
        trusted_origins=_words(variables.get("VERNOST_ORIGINS", "")),
        behind_https=variables.get("VERNOST_HTTPS") == "1",
        time_zone=variables.get("VERNOST_TIME_ZONE") or "Europe/Moscow",
        night_at=variables.get("VERNOST_NIGHT_AT") or "03:00",
        analytics_url=variables.get("ANALYTICS_URL") or None,
        outgoing_networks=_networks(variables.get("VERNOST_OUTGOING_NETWORKS", "")),
    )


def secret_key_file(data_dir: Path) -> Path:
    return data_dir / "secret.key"


def _key_of(data_dir: Path) -> str:
    try:
        return secret_key_file(data_dir).read_text(encoding="ascii").strip()
    except OSError:
        # Before `vernost init` nothing is signed, so a key for this process is enough.
        return secrets.token_urlsafe(48)


def _networks(text: str) -> tuple[Network, ...]:
    """Return the networks of `192.168.10.0/24, 10.1.0.5`; ValueError names what is none."""
    return tuple(ipaddress.ip_network(word) for word in _words(text))


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
