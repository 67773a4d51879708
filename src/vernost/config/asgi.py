"""What the web server serves."""

import asyncio
import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vernost.config.settings")
# As many as a process has connections to the database: more at once would only share them, all late together.
AT_ONCE = 12


class InOrder:
    """Works on so many requests at once; the others wait, first come first served.

    A place is given up when the answer begins: a stream of news lasts for hours.
    """

    def __init__(self, application: Any, at_once: int) -> None:  # noqa: ANN401 - an ASGI application
        self._application = application
        self._free = asyncio.Semaphore(at_once)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has them
        await self._free.acquire()
        waiting = True

        def give_up() -> None:
            nonlocal waiting
            if waiting:
                waiting = False
                self._free.release()

        async def sending(message: Any) -> None:  # noqa: ANN401 - as above
            if message["type"] == "http.response.start":
                give_up()
            await send(message)

        try:
            await self._application(scope, receive, sending)
        finally:
            give_up()


application = InOrder(get_asgi_application(), AT_ONCE)
