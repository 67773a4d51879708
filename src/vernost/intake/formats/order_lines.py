"""Works and parts of repair orders."""

from vernost.core.i18n import _
from vernost.intake.formats import kinds
from vernost.intake.rules.file_kind import Column, FileKind, linked, plain, text
from vernost.intake.rules.types import Day, Flag, Money, OneOf, Quantity, Reference, Text, Whole

# With the order's id it makes one number: see `operations.keys`.
MOST_LINES = 2**20 - 1
PAYERS = ("customer", "warranty", "insurer", "internal")

kinds.add(
    FileKind(
        code="order_lines",
        title=_("Lines of repair orders"),
        position=90,
        table="workshop_orderline",
        columns=(
            Column("order_id", Reference(kind="orders"), required=True),
            Column("line_no", Whole(most=MOST_LINES), required=True),
            Column("kind", OneOf(codes=("labour", "part"), vocabulary="line_kind")),
            Column("code", Text()),
            Column("name", Text(), required=True),
            Column("category", Text()),
            Column("quantity", Quantity()),
            Column("unit_price", Money()),
            Column("discount", Money()),
            Column("amount", Money(), required=True),
            Column("cost", Money()),
            Column("declined", Flag()),
            Column("advised_on", Day()),
            Column("payer", OneOf(codes=PAYERS, vocabulary="payer")),
        ),
        key=("order_id", "line_no"),
        lines_of="order_id",
        fields=(
            linked("order_id"),
            plain("line_no"),
            text("kind"),
            text("code"),
            plain("name"),
            text("category"),
            plain("quantity"),
            plain("unit_price"),
            plain("discount"),
            plain("amount"),
            plain("cost"),
            plain("declined", empty="false"),
            plain("advised_on"),
            text("payer"),
        ),
        bulk=("workshop_orderline",),
    )
)
