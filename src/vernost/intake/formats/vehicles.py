"""Cars and their present owners."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Column, FileKind, Merge, Notice, OldValue, Rows, linked, plain, text
from vernost.intake.rules.reasons import Warning  # noqa: A004 - a file's warning
from vernost.intake.rules.types import LONGEST_ID, Day, Flag, Folded, Name, Reference, Text, Whole

YEAR = Whole(least=1900, most=2100)

kinds.add(
    FileKind(
        code="vehicles",
        title=_("Vehicles"),
        position=40,
        table="vehicles_vehicle",
        columns=(
            Column("id", Text(longest=LONGEST_ID), required=True),
            Column("vin", Folded(macro="vin_of")),
            Column("plate", Folded(macro="plate_of")),
            Column("make", Name(longest=LONGEST_ID), required=True),
            Column("model", Name(longest=LONGEST_ID), required=True),
            Column("engine", Name(longest=LONGEST_ID)),
            Column("gearbox", Name(longest=LONGEST_ID)),
            Column("year", YEAR),
            Column("customer_id", Reference(kind="customers")),
            Column("owned_from", Day()),
            Column("sold_on", Day()),
            Column("sold_by_us", Flag()),
            Column("branch_id", Reference(kind="branches", makes=True)),
            Column("warranty_until", Day()),
            Column("warranty_km", Whole()),
            Column("scrapped", Flag()),
        ),
        notices=(
            Notice(Warning.VIN_NOT_STANDARD, "NOT is_vin(v_vin)"),
            Notice(Warning.VIN_CHECK_DIGIT, "needs_check_digit(v_vin) AND NOT has_check_digit(v_vin)"),
        ),
        fields=(
            text("vin"),
            text("plate"),
            plain("make"),
            plain("model"),
            text("engine"),
            text("gearbox"),
            plain("year"),
            plain("sold_on"),
            plain("sold_by_us", empty="false"),
            linked("branch_id"),
            plain("warranty_until"),
            plain("warranty_km"),
            plain("scrapped", empty="false"),
        ),
        rows=(
            Rows(
                "vehicles_ownership",
                ("vehicle_id", "customer_id", "owned_from"),
                "SELECT pk, fk_customer_id, v_owned_from FROM fresh WHERE fk_customer_id IS NOT NULL",
            ),
        ),
        merges=(
            Merge(
                "incoming_owner",
                (("vehicle_id", "bigint"), ("customer_id", "bigint"), ("owned_from", "date")),
                "SELECT pk, fk_customer_id, v_owned_from FROM fresh WHERE $has_customer_id",
                (
                    # The owner whom the source names owns from his day on, always where it names no day.
                    """DELETE FROM vehicles_ownership o USING incoming_owner i
                        WHERE o.vehicle_id = i.vehicle_id AND i.customer_id IS NOT NULL
                          AND (o.customer_id, o.owned_from) IS DISTINCT FROM (i.customer_id, i.owned_from)
                          AND (i.owned_from IS NULL OR o.owned_from >= i.owned_from)""",
                    # The same owner from another day: his one period moves.
                    """DELETE FROM vehicles_ownership o USING incoming_owner i
                        WHERE o.vehicle_id = i.vehicle_id AND o.customer_id = i.customer_id
                          AND o.owned_until IS NULL AND o.owned_from IS DISTINCT FROM i.owned_from""",
                    """UPDATE vehicles_ownership o SET owned_until = i.owned_from
                         FROM incoming_owner i
                        WHERE o.vehicle_id = i.vehicle_id AND i.customer_id IS NOT NULL
                          AND (o.customer_id, o.owned_from) IS DISTINCT FROM (i.customer_id, i.owned_from)
                          AND (o.owned_until IS NULL OR o.owned_until > i.owned_from)""",
                    # The source knows no owner any more: from today on nobody is known.
                    """DELETE FROM vehicles_ownership o USING incoming_owner i
                        WHERE o.vehicle_id = i.vehicle_id AND i.customer_id IS NULL
                          AND o.owned_until IS NULL AND o.owned_from >= %(today)s""",
                    """UPDATE vehicles_ownership o SET owned_until = %(today)s
                         FROM incoming_owner i
                        WHERE o.vehicle_id = i.vehicle_id AND i.customer_id IS NULL AND o.owned_until IS NULL""",
                    """INSERT INTO vehicles_ownership (vehicle_id, customer_id, owned_from)
                       SELECT vehicle_id, customer_id, owned_from FROM incoming_owner WHERE customer_id IS NOT NULL
                           ON CONFLICT (vehicle_id, owned_from) DO UPDATE
                          SET customer_id = excluded.customer_id, owned_until = NULL""",
                ),
                on=("changed",),
            ),
        ),
        old_values=(
            OldValue(
                "customer_id",
                """(SELECT c.external_id FROM vehicles_ownership o JOIN customers_customer c ON c.id = o.customer_id
                     WHERE o.vehicle_id = t.id AND o.owned_until IS NULL)""",
            ),
            OldValue(
                "owned_from",
                "(SELECT owned_from FROM vehicles_ownership WHERE vehicle_id = t.id AND owned_until IS NULL)",
            ),
        ),
        branch="branch_id",
        bulk=("vehicles_vehicle", "vehicles_ownership", "customers_customersearchkey"),
        search_keys="cars",
        alone="vin",
    )
)
