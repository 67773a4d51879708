"""Consents given and withdrawn, each with its evidence: lines for the ledger."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Check, Column, Field, FileKind, linked, plain, text
from vernost.intake.rules.reasons import Reason
from vernost.intake.rules.types import LONGEST_ID, Day, Flag, OneOf, Reference, Text

PURPOSES = ("advertising", "contact", "processing", "transfer")
CHANNELS = ("call", "sms", "email", "messenger")
WAYS = ("paper", "call", "visit", "web")
_UNKNOWN_COMPANY = "v_given AND v_company IS NOT NULL AND v_company NOT IN (SELECT name FROM companies)"

kinds.add(
    FileKind(
        code="consents",
        title=_("Consents"),
        position=35,
        table="customers_importedconsent",
        columns=(
            Column("id", Text(longest=LONGEST_ID), required=True),
            Column("customer_id", Reference(kind="customers"), required=True),
            Column("purpose", OneOf(codes=PURPOSES, vocabulary="purpose")),
            Column("channel", OneOf(codes=CHANNELS, vocabulary="consent_channel")),
            Column("given", Flag(), required=True),
            Column("on", Day(), required=True),
            Column("way", OneOf(codes=WAYS, vocabulary="way")),
            Column("evidence", Text()),
            Column("reference", Text()),
            Column("text", Text()),
            Column("company", Text()),
        ),
        checks=(
            # A yes that nothing proves is none.
            Check("evidence", "v_given AND v_evidence IS NULL", Reason.MISSING_VALUE),
            # A yes to somebody is none to the whole group; a no to him is kept as one to all.
            Check("company", _UNKNOWN_COMPANY, Reason.UNKNOWN_COMPANY),
        ),
        fields=(
            linked("customer_id"),
            Field("purpose", "coalesce(v_purpose, 'advertising')", ("purpose",)),
            text("channel"),
            plain("given"),
            plain("on"),
            Field("way", "coalesce(v_way, 'file')", ("way",)),
            text("evidence"),
            text("reference"),
            text("text"),
            text("company"),
        ),
        bulk=("customers_importedconsent",),
    )
)
