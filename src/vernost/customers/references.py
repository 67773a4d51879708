"""What of this subject belongs to a customer: the parts of his card, which stay with it."""

from vernost.core.references import Reference, references

for _table, _column in (
    ("customers_contactaddress", "customer_id"),
    ("customers_consentstatement", "customer_id"),
    ("customers_channelstop", "customer_id"),
    ("customers_customer", "merged_into_id"),
    ("customers_customermerge", "survivor_id"),
    ("customers_customermerge", "gone_id"),
    ("customers_duplicatepair", "left_id"),
    ("customers_duplicatepair", "right_id"),
):
    references.add(Reference(_table, column=_column, on_merge="stays"))
references.add(Reference("customers_customersearchkey", on_merge="stays", key=("kind", "key")))
references.add(Reference("customers_customernote"))
references.add(Reference("customers_contactperson"))
references.add(Reference("customers_householdmember", once=("left_on",), once_where="{t}.left_on IS NULL"))
references.add(Reference("customers_advisorattachment", once=("advisor_id",)))
