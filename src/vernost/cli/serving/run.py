"""`vernost start` and whatever else serves the whole product from one process."""

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
from django.conf import settings

from vernost import embedded
from vernost.cli.database import uses_embedded_server
from vernost.cli.serving.address import Address, reserved
from vernost.cli.serving.instance import Instance
from vernost.cli.serving.supervisor import VERNOST, Part, Stopped, Supervisor
from vernost.cli.words import say
from vernost.core.i18n import _


def run(
    *,
    host: str,
    port: int | None,
    workers: int | None,
    on_ready: Callable[[dict[str, Any]], None],
) -> None:
    """Serve web, worker and database until a signal ends all of them.

    `on_ready` gets `{"address", "pid", "administrator"}`, the last one only when it has just been made.
    """
    data_dir: Path = settings.DATA_DIR
    embedded.make_data_dir(data_dir)
    server = embedded.Server(data_dir) if uses_embedded_server() else None
    with Instance(data_dir) as instance:
        supervisor = Supervisor(server, inherited=(instance.handle,))
        with supervisor.signals(), reserved(host, port) as address:
            try:
                with supervisor.interruptible():
                    if server:
                        server.join()
                    administrator = _initialise()
                instance.announce(address.url)
                running = {"address": address.url, "pid": os.getpid(), "administrator": administrator}
                supervisor.run(_parts(address, workers), address, lambda: on_ready(running))
            except Stopped:
                say(_("Stopped before the start was complete"))
            finally:
                if server:
                    server.leave()


def _initialise() -> dict[str, str | None] | None:
    """Run `vernost init` beside us, so that this long-living process stays small; return the new administrator."""
    result = subprocess.run([*VERNOST, "init", "--json"], stdout=subprocess.PIPE, check=False)  # noqa: S603 - our own command
    if result.returncode:
        raise click.exceptions.Exit(result.returncode)
    administrator: dict[str, str | None] | None = json.loads(result.stdout)["administrator"]
    return administrator


def _parts(address: Address, workers: int | None) -> list[Part]:
    web = ["web", "--host", address.ip, "--port", str(address.port)]
    if workers:
        web += ["--workers", str(workers)]
    return [Part(tuple(web)), Part(("worker",))]
