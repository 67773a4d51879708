"""What happened to appointments: facts others react to."""

from dataclasses import dataclass

from vernost.core.events import Event


@dataclass(frozen=True, slots=True)
class AppointmentBooked(Event):
    """Also when a cancelled or missed one is taken back."""

    appointment_id: int


@dataclass(frozen=True, slots=True)
class AppointmentMoved(Event):
    appointment_id: int


@dataclass(frozen=True, slots=True)
class AppointmentConfirmed(Event):
    appointment_id: int


@dataclass(frozen=True, slots=True)
class AppointmentCancelled(Event):
    appointment_id: int


@dataclass(frozen=True, slots=True)
class AppointmentArrived(Event):
    appointment_id: int


@dataclass(frozen=True, slots=True)
class AppointmentMissed(Event):
    appointment_id: int


@dataclass(frozen=True, slots=True)
class OrdersMatched(Event):
    """An import brought orders for these appointments: the customers have arrived."""

    appointment_ids: tuple[int, ...]
