"""What of this subject belongs to a customer: the parts of his card, which stay with it, and values of fields."""

from vernost.core.i18n import _
from vernost.core.references import Mention, Part, Reference, mentions, parts, references

for _table, _column, _title in (
    ("customers_contactaddress", "customer_id", _("Addresses and numbers")),
    ("customers_consentstatement", "customer_id", ""),
    ("customers_channelstop", "customer_id", _("Do not disturb")),
    ("customers_consententry", "customer_id", _("Consents")),
    ("customers_importedconsent", "customer_id", ""),
    ("customers_duplicatepair", "left_id", ""),
    ("customers_duplicatepair", "right_id", ""),
):
    references.add(Reference(_table, column=_column, on_merge="stays", title=_title))
references.add(Reference("customers_customersearchkey", on_merge="stays", key=("kind", "key")))
references.add(Reference("customers_customerfieldvalue", on_merge="stays", title=_("Fields of the card")))
references.add(Reference("customers_customerfile", title=_("Photos and documents")))
references.add(Reference("customers_customernote", title=_("Notes")))
references.add(Reference("customers_contactperson", title=_("Contact persons")))
references.add(Reference("customers_householdmember", once=("left_on",), once_where="{t}.left_on IS NULL"))
references.add(Reference("customers_advisorattachment", once=("advisor_id",)))
# The card itself is emptied by who erases it; that it was merged, and which line of the ledger went, says nothing.
references.add(
    Reference(
        "customers_customer",
        column="merged_into_id",
        on_merge="stays",
        on_erase="keep",
        harmless=(
            "external_id",
            "kind",
            "full_name",
            "last_name",
            "first_name",
            "middle_name",
            "sort_key",
            "inn",
            "gender",
            "city",
            "address",
            "timezone",
            "origin",
            "category",
            "blocked_reason",
        ),
    )
)
references.add(Reference("customers_erasedentry", on_merge="stays", key=("entry_id",), on_erase="keep"))
for _column in ("survivor_id", "gone_id"):
    references.add(
        Reference(
            "customers_customermerge",
            column=_column,
            on_merge="stays",
            on_erase="keep",
            blank=("applied", "kept"),
            harmless=("actor", "marks", "undone_by"),
            title=_("Cards that were merged") if _column == "survivor_id" else "",
        )
    )
parts.add(
    Part("customers_movedrow", "merge_id", "customers_customermerge", on_erase="keep", harmless=("reference", "row"))
)
# What the undoing of a merge would bring back.
_KEPT_BY_A_MERGE = """EXISTS (SELECT FROM customers_customermerge m
                             WHERE m.undone_at IS NULL AND position(t.id::text IN m.kept::text) > 0)"""
# Photos and papers go with the values and rows that held them; what lies on the disk, the night's sweep removes.
mentions.add(
    Mention(
        "files_storedfile",
        (),
        f"NOT {_KEPT_BY_A_MERGE}"  # noqa: S608 - our own names
        + "".join(
            f" AND NOT EXISTS (SELECT FROM {table} v JOIN customers_customfield f ON f.id = v.field_id"
            " WHERE f.kind = 'file' AND v.value = t.id::text)"
            for table in (
                "customers_customerfieldvalue",
                "vehicles_vehiclefieldvalue",
                "workshop_orderfieldvalue",
                "sales_dealfieldvalue",
            )
        )
        + "".join(
            f" AND NOT EXISTS (SELECT FROM {table} f WHERE f.file_id = t.id)"
            for table in (
                "customers_customerfile",
                "vehicles_vehiclefile",
                "workshop_orderfile",
                "customers_consententry",
            )
        ),
    )
)
_ANSWER = "convert_from(coalesce(body, ''), 'UTF8')"
_NAMES_HIM = f"EXISTS (SELECT FROM unnest(%(answered)s::text[]) AS mark WHERE position(mark IN {_ANSWER}) > 0)"
mentions.add(Mention("accounts_givenanswer", (_ANSWER,), _NAMES_HIM))
# How somebody looks at a list may name whom he looks for.
mentions.add(Mention("accounts_listview", ("filters::text", "title")))
mentions.add(Mention("procrastinate_jobs", ("args::text",), on_erase="keep", blank=("args",)))
