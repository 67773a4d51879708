"""Why customers refuse: the list that operators choose from."""

from vernost.calls.models import DeclineReason


def decline_reasons() -> list[DeclineReason]:
    """Return all reasons in their order, those that are switched off too."""
    return list(DeclineReason.objects.order_by("position", "id"))
