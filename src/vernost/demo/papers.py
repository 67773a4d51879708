"""The files about visits and contacts: orders, lines, appointments, parts, surveys, interactions."""

from dataclasses import dataclass

import numpy as np

from vernost.demo.aftercare import BLAME, PRAISE, PartOrders, Surveys
from vernost.demo.appointments import NO_ORDER, Appointments
from vernost.demo.appointments import STATUSES as APPOINTMENT_STATUSES
from vernost.demo.arrays import Bools, Ints, Texts
from vernost.demo.calls import CHANNELS, OUTCOMES, TEXTS, Contacts
from vernost.demo.chance import happens
from vernost.demo.dirt import (
    BAD_AMOUNT,
    BAD_DATE,
    CLOSED_BEFORE_OPENED,
    FAULT_COLUMNS,
    FAULTS,
    NEGATIVE_MILEAGE,
    SLIPS,
    SOUND,
    UNKNOWN_CUSTOMER,
    UNKNOWN_KIND,
    Dirt,
)
from vernost.demo.errands import ACCESSORIES, KINDS
from vernost.demo.files import Codes, Folder, style_of
from vernost.demo.lines import PAYERS, Lines, Totals
from vernost.demo.orders import CLOSED, NO_READING, STATUSES, Orders, kind_code
from vernost.demo.rows import Column, join, table, unless, whole
from vernost.demo.works import ITEMS
from vernost.demo.world import World

AMOUNT_MISSING, COST_MISSING, STATUS_MISSING, CODE_MISSING = 0.10, 0.15, 0.05, 0.02
OVER_THE_COUNTER = 0.5  # of the accessories sold while nobody looked at the car
NOBODY_KNOWN = b"00-99999999"
NONSENSE_DATE, NONSENSE_AMOUNT, NONSENSE_KIND = b"31.02.2024 10:30:00", b"12 5O0,00", "прочее"


@dataclass(frozen=True, slots=True)
class Numbers:
    """What an order is called: its day and its number within that day."""

    day: Ints
    serial: Ints

    def column(self, codes: Codes, name: str, orders: Ints) -> Column:
        """Blank where the position is negative."""
        return codes.order(name, self.day[orders], np.where(orders < 0, 0, self.serial[orders]))


class PaperWriter:
    """Writes these files of chunk after chunk."""

    def __init__(self, world: World) -> None:
        self._world = world
        order, line = style_of("orders"), style_of("order_lines")
        self._kinds = order.table([*KINDS, NONSENSE_KIND])
        self._items = {
            name: line.table([getattr(item, name) for item in ITEMS]) for name in ("code", "name", "category")
        }
        self._labour = np.array([b"labour" if item.labour else b"part" for item in ITEMS])
        self._parts = style_of("part_orders").table([item.name for item in ITEMS])

    def orders(self, folder: Folder, codes: Codes, chunk: int, orders: Orders, dirt: Dirt, totals: Totals) -> Numbers:
        rng = self._world.rng(chunk, "papers")
        style, count, fault = style_of("orders"), orders.count, dirt.fault
        numbers = Numbers(orders.day, codes.orders(orders.day))
        closed = np.where(fault == CLOSED_BEFORE_OPENED, orders.day - 3, orders.closed)
        km = np.where(fault == NEGATIVE_MILEAGE, -dirt.km, dirt.km)
        kind = np.where(fault == UNKNOWN_KIND, len(KINDS), kind_code(orders.kind))
        unsaid = happens(rng, STATUS_MISSING, count) & (orders.status == CLOSED)
        no_car = (orders.kind == ACCESSORIES) & (orders.km == NO_READING) & happens(rng, OVER_THE_COUNTER, count)
        no_amount = happens(rng, AMOUNT_MISSING, count) & (fault != BAD_AMOUNT)
        columns: list[Column] = [
            numbers.column(codes, "orders", np.arange(count)),
            codes.branch(orders.branch),
            self._or(codes.customer(orders.customer), fault == UNKNOWN_CUSTOMER, NOBODY_KNOWN),
            unless(no_car, codes.car(orders.car)),
            codes.employee(orders.advisor),
            self._or(style.moment(orders.day, orders.minute), fault == BAD_DATE, NONSENSE_DATE),
            style.moment(closed, orders.closed_minute),
            unless(dirt.km == NO_READING, whole(km)),
            (self._kinds[kind],),
            (np.where(unsaid, b"", np.array([status.encode() for status in STATUSES])[orders.status]),),
            self._or(unless(no_amount, style.money(totals.amount)), fault == BAD_AMOUNT, NONSENSE_AMOUNT),
            unless(happens(rng, COST_MISSING, count), style.money(totals.cost)),
        ]
        folder.write("orders", columns, count)
        self._confess(folder, codes, numbers, orders, dirt)
        return numbers

    def _or(self, column: Column, wrong: Bools, text: bytes) -> Column:
        """The column with another text in the rows that are wrong."""
        return [*unless(wrong, column), np.where(wrong, text, b"")]

    def _confess(self, folder: Folder, codes: Codes, numbers: Numbers, orders: Orders, dirt: Dirt) -> None:
        bad = np.flatnonzero(dirt.fault != SOUND)
        places = np.concatenate([dirt.slips, bad])
        kinds = np.concatenate([table(SLIPS)[dirt.slip_kind], table(FAULTS)[dirt.fault[bad]]])
        columns = np.concatenate([np.full(len(dirt.slips), b"mileage_km"), table(FAULT_COLUMNS)[dirt.fault[bad]]])
        row = (b"orders",), numbers.column(codes, "truth/dirty", places), (columns,), (kinds,)
        folder.write("truth/dirty", row, len(places))
        changed = dirt.clusters
        cluster = numbers.column(codes, "truth/clusters", changed), codes.car(orders.car[changed])
        folder.write("truth/clusters", cluster, len(changed))

    def lines(self, folder: Folder, codes: Codes, chunk: int, numbers: Numbers, lines: Lines) -> None:
        rng = self._world.rng(chunk, "line papers")
        style, count = style_of("order_lines"), len(lines.order)
        quantity = np.abs(lines.tenths)
        columns: list[Column] = [
            (self._codes_of(codes, numbers)[lines.order],),
            whole(lines.number),
            (self._labour[lines.item],),
            unless(happens(rng, CODE_MISSING, count), (self._items["code"][lines.item],)),
            (self._items["name"][lines.item],),
            (self._items["category"][lines.item],),
            (
                np.where(lines.tenths < 0, b"-", b""),
                *whole(quantity // 10),
                np.where(quantity % 10 > 0, b".5", b""),
            ),
            style.money(lines.price),
            unless(lines.discount == 0, style.money(lines.discount)),
            style.money(lines.amount),
            style.money(lines.cost),
            style.flag(lines.declined),
            style.day(lines.advised_on),
            (table(PAYERS)[lines.payer],),
        ]
        folder.write("order_lines", columns, count)

    def _codes_of(self, codes: Codes, numbers: Numbers) -> Texts:
        """Ids of all orders of the chunk: their lines repeat them."""
        count = len(numbers.day)
        return join(numbers.column(codes, "order_lines", np.arange(count)), count)

    def appointments(self, folder: Folder, codes: Codes, numbers: Numbers, booked: Appointments) -> None:
        style, count = style_of("appointments"), booked.count
        no_order = booked.order == NO_ORDER
        columns: list[Column] = [
            codes.row(b"B", count),
            codes.branch(booked.branch),
            codes.customer(booked.customer),
            codes.car(booked.car),
            codes.employee(booked.advisor),
            style.moment(booked.day, booked.minute),
            style.moment(booked.day, booked.minute + booked.length),
            style.day(booked.booked_on),
            (table(APPOINTMENT_STATUSES)[booked.status],),
            unless(no_order, numbers.column(codes, "appointments", np.maximum(booked.order, 0))),
        ]
        folder.write("appointments", columns, count)

    def part_orders(self, folder: Folder, codes: Codes, numbers: Numbers, orders: Orders, parts: PartOrders) -> None:
        style, count = style_of("part_orders"), len(parts.order)
        columns: list[Column] = [
            codes.row(b"P", count),
            codes.customer(orders.customer[parts.order]),
            codes.car(orders.car[parts.order]),
            numbers.column(codes, "part_orders", parts.order),
            (self._parts[parts.item],),
            style.day(parts.ordered),
            style.day(parts.promised),
            style.day(parts.arrived),
        ]
        folder.write("part_orders", columns, count)

    def surveys(self, folder: Folder, codes: Codes, numbers: Numbers, orders: Orders, answers: Surveys) -> None:
        style, count = style_of("surveys"), len(answers.order)
        columns: list[Column] = [
            codes.row(b"S", count),
            codes.customer(orders.customer[answers.order]),
            numbers.column(codes, "surveys", answers.order),
            style.moment(answers.day, answers.minute),
            whole(answers.score),
            (style.table(PRAISE)[answers.praise], style.table(BLAME)[answers.blame]),
        ]
        folder.write("surveys", columns, count)

    def interactions(self, folder: Folder, codes: Codes, chunk: int, contacts: Contacts) -> None:
        rng = self._world.rng(chunk, "interaction papers")
        style, count = style_of("interactions"), contacts.count
        operator = self._world.branches.employee(rng, contacts.branch, "operator")
        columns: list[Column] = [
            codes.row(b"I", count),
            codes.customer(contacts.customer),
            codes.car(contacts.car),
            style.moment(contacts.day, contacts.minute),
            (table(CHANNELS)[contacts.channel],),
            (np.where(contacts.outgoing, b"out", b"in"),),
            (table(OUTCOMES)[contacts.outcome],),
            codes.employee(operator, nobody=contacts.by_robot),
            (style.table(TEXTS)[contacts.text],),
        ]
        folder.write("interactions", columns, count)
