"""Addresses of the pages about one customer, car or order."""

from django.urls import path

from vernost.office.views import customer_changes, customers, new_customer, orders, palette, vehicles

_CUSTOMER = "customers/<int:customer_id>/"

urlpatterns = [
    path("search/", palette.search, name="search"),
    path("customers/new/", new_customer.customer_new, name="customer-new"),
    path("customers/new/matches/", new_customer.customer_matches, name="customer-matches"),
    path(_CUSTOMER, customers.customer, name="customer"),
    path(f"{_CUSTOMER}figures/", customers.customer_figures, name="customer-figures"),
    path(f"{_CUSTOMER}risks/", customers.customer_risks, name="customer-risks"),
    path(f"{_CUSTOMER}why/", customers.customer_why, name="customer-why"),
    path(f"{_CUSTOMER}history/<slug:kind>/<int:row_id>/", customers.customer_item, name="customer-item"),
    path(
        f"{_CUSTOMER}changes/<int:record_id>/undo/", customer_changes.customer_change_undo, name="customer-change-undo"
    ),
    path(f"{_CUSTOMER}edit/", customer_changes.customer_edit, name="customer-edit"),
    path(f"{_CUSTOMER}note/", customer_changes.customer_note, name="customer-note"),
    path(f"{_CUSTOMER}addresses/", customer_changes.address_add, name="address-add"),
    path(f"{_CUSTOMER}addresses/<int:address_id>/", customer_changes.address_mark, name="address-mark"),
    path(f"{_CUSTOMER}persons/", customer_changes.person_add, name="person-add"),
    path(f"{_CUSTOMER}persons/<int:person_id>/end/", customer_changes.person_end, name="person-end"),
    path(f"{_CUSTOMER}household/", customer_changes.household, name="household"),
    path(f"{_CUSTOMER}household/leave/", customer_changes.household_leave, name="household-leave"),
    path(f"{_CUSTOMER}cars/", customer_changes.car_add, name="car-add"),
    path(f"{_CUSTOMER}cars/<int:vehicle_id>/part/", customer_changes.car_part, name="car-part"),
    path(f"{_CUSTOMER}roles/<int:role_id>/end/", customer_changes.role_end, name="role-end"),
    path(f"{_CUSTOMER}attached/<int:attachment_id>/undo/", customer_changes.detach, name="customer-detach"),
    path("vehicles/<int:vehicle_id>/", vehicles.vehicle, name="vehicle"),
    path("vehicles/<int:vehicle_id>/history/<slug:kind>/<int:row_id>/", vehicles.vehicle_item, name="vehicle-item"),
    path("vehicles/<int:vehicle_id>/edit/", vehicles.vehicle_edit, name="vehicle-edit"),
    path(
        "vehicles/<int:vehicle_id>/changes/<int:record_id>/undo/",
        vehicles.vehicle_change_undo,
        name="vehicle-change-undo",
    ),
    path("orders/<int:order_id>/", orders.order, name="order"),
]
