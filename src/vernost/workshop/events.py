"""What happened to appointments: facts others react to."""

from dataclasses import dataclass

from vernost.core.events import Event


@dataclass(frozen=True, slots=True)
class AppointmentNews(Event):
    """Something that happened to one appointment."""

    appointment_id: int


@dataclass(frozen=True, slots=True)
class AppointmentBooked(AppointmentNews):
    """Also when a cancelled or missed one is taken back."""


@dataclass(frozen=True, slots=True)
class AppointmentMoved(AppointmentNews):
    pass


@dataclass(frozen=True, slots=True)
class AppointmentConfirmed(AppointmentNews):
    pass


@dataclass(frozen=True, slots=True)
class AppointmentCancelled(AppointmentNews):
    pass


@dataclass(frozen=True, slots=True)
class AppointmentArrived(AppointmentNews):
    pass


@dataclass(frozen=True, slots=True)
class AppointmentMissed(AppointmentNews):
    pass


@dataclass(frozen=True, slots=True)
class OrdersMatched(Event):
    """An import brought orders for these appointments: the customers have arrived."""

    appointment_ids: tuple[int, ...]
