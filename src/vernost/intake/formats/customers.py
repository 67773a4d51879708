"""Persons and companies with their addresses and consents."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import (
    Column,
    Derived,
    Field,
    FileKind,
    Merge,
    Notice,
    OldValue,
    Rows,
    linked,
    plain,
    text,
)
from vernost.intake.rules.reasons import Warning  # noqa: A004 - a file's warning
from vernost.intake.rules.types import EMAILS, LONGEST_ID, PHONES, Day, Flag, Folded, Name, OneOf, Reference, Text, Zone

CHANNELS = ("calls", "sms", "email", "messenger")
CONSENTS = tuple(f"consent_{channel}" for channel in CHANNELS)
NAMES = ("full_name", "last_name", "first_name", "middle_name", "company_name")

# What is written of a customer's addresses: a row each, `note` for what is no address.
ADDRESSES = """
    SELECT pk, 'phone' AS kind, unnest(v_phones).value AS value,
           generate_subscripts(v_phones, 1) - 1 AS position, unnest(v_phones).note AS note, true AS imported
      FROM fresh WHERE len(v_phones) > 0
     UNION ALL
    SELECT pk, 'email', unnest(v_emails).value, generate_subscripts(v_emails, 1) - 1, unnest(v_emails).note, true
      FROM fresh WHERE len(v_emails) > 0
     UNION ALL
    SELECT pk, 'note', value, (row_number() OVER (PARTITION BY pk ORDER BY value) - 1)::SMALLINT, '', true
      FROM (SELECT DISTINCT pk, substring(unnest(list_concat(v_phones_rest, v_emails_rest)), 1, 1000) AS value
              FROM fresh WHERE len(v_phones_rest) + len(v_emails_rest) > 0)
"""
# An empty consent is no consent, so a statement speaks of every channel.
CONSENTS_GIVEN = ", ".join(f"coalesce(v_{consent}, false)" for consent in CONSENTS)
SAYS_SOMETHING = " OR ".join(f"v_{name} IS NOT NULL" for name in (*CONSENTS, "consent_on"))

HAS_CONSENTS = " OR ".join(f"$has_{name}" for name in (*CONSENTS, "consent_on"))

CONSENT_COLUMNS = (
    ("customer_id", "bigint"),
    ("on", "date"),
    *((channel, "boolean") for channel in CHANNELS),
    ("speaks", "boolean"),
)

kinds.add(
    FileKind(
        code="customers",
        title=_("Customers"),
        position=30,
        table="customers_customer",
        columns=(
            Column("id", Text(longest=LONGEST_ID), required=True),
            Column("kind", OneOf(codes=("person", "company"), vocabulary="customer_kind")),
            *(Column(name, Name(longest=1000)) for name in NAMES),
            Column("inn", Folded(macro="vin_letters")),
            Column("birth_date", Day()),
            Column("gender", OneOf(codes=("m", "f"), vocabulary="gender")),
            Column("phones", PHONES),
            Column("emails", EMAILS),
            Column("city", Name()),
            Column("address", Name()),
            Column("timezone", Zone()),
            Column("source", Name()),
            Column("category", Name()),
            Column("created_on", Day()),
            Column("blocked", Flag()),
            Column("blocked_on", Day()),
            Column("blocked_reason", Text()),
            *(Column(consent, Flag()) for consent in CONSENTS),
            Column("consent_on", Day()),
            Column("advisor_id", Reference(kind="employees", makes=True)),
        ),
        derived=(
            Derived(
                "kind",
                """coalesce(v_kind, CASE WHEN v_company_name IS NOT NULL OR strlen(v_inn) = 10
                    OR is_company_name(v_full_name) THEN 'company' ELSE 'person' END)""",
            ),
            Derived(
                "full_name",
                """coalesce(CASE WHEN d_kind = 'company' THEN v_company_name END, v_full_name,
                    nullif(concat_ws(' ', v_last_name, v_first_name, v_middle_name), ''), v_company_name, '')""",
            ),
            Derived("split", "d_kind = 'person' AND v_last_name IS NULL AND v_first_name IS NULL"),
        ),
        notices=(
            Notice(Warning.BAD_PHONE, "len(v_phones_rest) > 0"),
            Notice(Warning.BAD_EMAIL, "len(v_emails_rest) > 0"),
        ),
        fields=(
            Field("kind", "d_kind", ("kind", "company_name", "inn", "full_name")),
            Field("full_name", "d_full_name", NAMES),
            Field(
                "last_name",
                "CASE WHEN d_split THEN last_name_of(d_full_name) ELSE coalesce(v_last_name, '') END",
                NAMES,
            ),
            Field(
                "first_name",
                "CASE WHEN d_split THEN first_name_of(d_full_name) ELSE coalesce(v_first_name, '') END",
                NAMES,
            ),
            Field(
                "middle_name",
                "CASE WHEN d_split THEN middle_name_of(d_full_name) ELSE coalesce(v_middle_name, '') END",
                NAMES,
            ),
            Field("sort_key", "name_key(d_full_name)", NAMES),
            text("inn"),
            plain("birth_date"),
            text("gender"),
            text("city"),
            text("address"),
            text("timezone"),
            text("source", target="origin"),
            text("category"),
            plain("created_on"),
            plain("blocked"),
            plain("blocked_on"),
            text("blocked_reason"),
            linked("advisor_id"),
        ),
        rows=(
            Rows(
                "customers_contactaddress", ("customer_id", "kind", "value", "position", "note", "imported"), ADDRESSES
            ),
            Rows(
                "customers_consentstatement",
                ("customer_id", '"on"', *CHANNELS, "origin"),
                f"SELECT pk, v_consent_on, {CONSENTS_GIVEN}, 'import' FROM fresh WHERE {SAYS_SOMETHING}",
            ),
        ),
        merges=(
            Merge(
                "incoming_address",
                (
                    ("customer_id", "bigint"),
                    ("kind", "text"),
                    ("value", 'text COLLATE "C"'),
                    ("position", "smallint"),
                    ("note", "text"),
                ),
                # A row without an address says that the customer has none of the kind now.
                f"""SELECT pk, kind, value, position, note FROM ({ADDRESSES})
                     UNION ALL SELECT pk, '', '', 0, '' FROM fresh""",
                (
                    """DELETE FROM customers_contactaddress a
                        USING (SELECT DISTINCT customer_id FROM incoming_address) c
                        WHERE a.customer_id = c.customer_id AND a.imported AND a.kind = ANY (%(address_kinds)s)
                          AND NOT EXISTS (SELECT FROM incoming_address i
                               WHERE (i.customer_id, i.kind, i.value) = (a.customer_id, a.kind, a.value))""",
                    """INSERT INTO customers_contactaddress (customer_id, kind, value, position, note, imported)
                       SELECT customer_id, kind, value, position, note, true
                         FROM incoming_address WHERE kind = ANY (%(address_kinds)s)
                           ON CONFLICT (customer_id, kind, value) DO UPDATE
                          SET position = excluded.position, note = excluded.note, imported = true""",
                ),
                on=("changed",),
            ),
            Merge(
                "incoming_consent",
                CONSENT_COLUMNS,
                f"SELECT pk, v_consent_on, {CONSENTS_GIVEN}, {SAYS_SOMETHING} FROM fresh WHERE {HAS_CONSENTS}",
                (
                    # A record that says nothing any more takes back, today, what the record said before.
                    """UPDATE incoming_consent i SET "on" = %(today)s
                        WHERE NOT speaks AND EXISTS (SELECT FROM customers_consentstatement s
                               WHERE s.customer_id = i.customer_id AND s.origin = 'import')""",
                    """DELETE FROM customers_consentstatement s USING incoming_consent i
                        WHERE s.customer_id = i.customer_id AND s.origin = 'import' AND s."on" IS DISTINCT FROM i."on"
                          AND (i."on" IS NULL OR s."on" > i."on") AND (speaks OR i."on" IS NOT NULL)""",
                    """INSERT INTO customers_consentstatement (customer_id, "on", calls, sms, email, messenger, origin)
                       SELECT customer_id, "on", calls, sms, email, messenger, 'import'
                         FROM incoming_consent WHERE speaks OR "on" IS NOT NULL
                           ON CONFLICT (customer_id, "on", origin) DO UPDATE
                          SET calls = excluded.calls, sms = excluded.sms, email = excluded.email,
                              messenger = excluded.messenger""",
                ),
                on=("changed",),
            ),
        ),
        old_values=(
            OldValue(
                "phones",
                """(SELECT string_agg(concat_ws(' ', value, nullif(note, '')), '; ' ORDER BY position)
                      FROM customers_contactaddress WHERE customer_id = t.id AND kind = 'phone')""",
            ),
            OldValue(
                "emails",
                """(SELECT string_agg(concat_ws(' ', value, nullif(note, '')), '; ' ORDER BY position)
                      FROM customers_contactaddress WHERE customer_id = t.id AND kind = 'email')""",
            ),
            OldValue("company_name", "CASE WHEN t.kind = 'company' THEN t.full_name END"),
            OldValue("source", "t.origin"),
            *(
                OldValue(
                    f"consent_{channel}",
                    f"""(SELECT {channel} FROM customers_consentstatement WHERE customer_id = t.id
                          ORDER BY "on" DESC NULLS LAST LIMIT 1)""",
                )
                for channel in CHANNELS
            ),
            OldValue(
                "consent_on",
                """(SELECT "on" FROM customers_consentstatement WHERE customer_id = t.id
                     ORDER BY "on" DESC NULLS LAST LIMIT 1)""",
            ),
        ),
        bulk=(
            "customers_customer",
            "customers_contactaddress",
            "customers_consentstatement",
            "customers_customersearchkey",
        ),
        search_keys="names",
    )
)
