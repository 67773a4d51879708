"""Lines of orders as their source has them."""

from collections.abc import Collection, Mapping

from vernost.workshop.models import OrderLine, RepairOrder


def keep_only_lines(*, source_id: int, numbers: Mapping[str, Collection[int]]) -> int:
    """Remove the lines that their orders have no more; return how many.

    `numbers` are those of all lines of an order, by the id of the order in its source.
    """
    orders = RepairOrder.objects.filter(source_id=source_id, external_id__in=numbers)
    known = dict(orders.values_list("pk", "external_id"))
    lines = OrderLine.objects.filter(order_id__in=known).values_list("order_id", "line_no")
    gone = [(order, number) for order, number in lines if number not in numbers[str(known[order])]]
    return OrderLine.objects.filter(pk__in=gone).delete()[0] if gone else 0
