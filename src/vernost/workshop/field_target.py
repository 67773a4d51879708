"""Fields of an administrator's own on this subject's records."""

from vernost.core.custom_fields import FieldTarget, targets
from vernost.core.i18n import _

targets.add(
    FieldTarget(
        code="order",
        title=_("Orders"),
        model="workshop.OrderFieldValue",
        record="order",
        records="workshop.RepairOrder",
        visible_to="vernost.workshop.queries:orders_visible_to",
        file_kind="orders",
        files="workshop.OrderFile",
    )
)
