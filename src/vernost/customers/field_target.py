"""Fields of an administrator's own on this subject's records."""

from vernost.core.custom_fields import FieldTarget, targets
from vernost.core.i18n import _

targets.add(
    FieldTarget(
        code="customer",
        title=_("Customers"),
        model="customers.CustomerFieldValue",
        record="customer",
        records="customers.Customer",
        visible_to="vernost.customers.queries:visible_to",
        file_kind="customers",
        files="customers.CustomerFile",
    )
)
