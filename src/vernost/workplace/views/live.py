"""News for open pages: a stream of topics over server-sent events."""

from collections.abc import AsyncIterator

from django.core.handlers.asgi import ASGIRequest
from django.db import connection
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_GET

from vernost.core import live as hub
from vernost.workplace.access import WorkplaceRequest, everybody


@everybody
@require_GET
def live(request: WorkplaceRequest) -> HttpResponseBase:
    """Stream the topics of the actor's branches. A server that cannot hold a stream open answers 204: ask no more."""
    if not isinstance(request, ASGIRequest):
        return HttpResponse(status=204)
    topics = hub.topics_of(request.actor)
    # The stream lasts for hours: it must not keep a connection of the pool.
    connection.close()
    response = StreamingHttpResponse(_events(topics), content_type="text/event-stream")
    response["Cache-Control"] = "no-store"
    response["X-Accel-Buffering"] = "no"
    return response


async def _events(topics: hub.Topics) -> AsyncIterator[str]:
    async for topic in hub.news(topics):
        yield f"event: {topic}\ndata: {topic}\n\n" if topic else ": still here\n\n"
