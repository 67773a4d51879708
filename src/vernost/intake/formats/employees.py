"""People who work for the dealer."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Column, Field, FileKind, linked, plain, text
from vernost.intake.rules.types import LONGEST_ID, Name, OneOf, Reference, Text

ROLES = ("advisor", "operator", "sales", "mechanic", "manager")

kinds.add(
    FileKind(
        code="employees",
        title=_("Employees"),
        position=20,
        table="accounts_employee",
        columns=(
            Column("id", Text(longest=LONGEST_ID), required=True),
            Column("name", Name(), required=True),
            Column("branch_id", Reference(kind="branches", makes=True)),
            Column("role", OneOf(codes=ROLES, vocabulary="role")),
            Column("phone", Name()),
            Column("email", Name()),
        ),
        fields=(
            plain("name"),
            linked("branch_id"),
            text("role"),
            Field("phone", "coalesce(plain_phone(v_phone), v_phone, '')", ("phone",)),
            Field("email", "coalesce(lower(v_email), '')", ("email",)),
        ),
    )
)
