"""Fields of an administrator's own on this subject's records."""

from vernost.core.custom_fields import FieldTarget, targets
from vernost.core.i18n import _

targets.add(
    FieldTarget(
        code="vehicle",
        title=_("Cars"),
        model="vehicles.VehicleFieldValue",
        record="vehicle",
        records="vehicles.Vehicle",
        visible_to="vernost.vehicles.queries:visible_to",
        file_kind="vehicles",
        files="vehicles.VehicleFile",
    )
)
