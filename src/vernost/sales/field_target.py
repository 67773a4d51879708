"""Fields of an administrator's own on this subject's records."""

from vernost.core.custom_fields import FieldTarget, targets
from vernost.core.i18n import _

targets.add(
    FieldTarget(
        code="deal",
        title=_("Deals"),
        model="sales.DealFieldValue",
        record="deal",
        records="sales.Deal",
        visible_to="vernost.sales.queries:visible_to",
        file_kind="deals",
    )
)
