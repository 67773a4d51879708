"""Addresses of the lists of records and of the views that people keep."""

from django.urls import path

from vernost.office.views import lists

urlpatterns = [
    path("customers/", lists.customer_list, name="customers"),
    path("cars/", lists.vehicle_list, name="vehicles"),
    path("orders/", lists.order_list, name="orders"),
    path("lists/<slug:list_code>/views/", lists.view_save, name="list-view-save"),
    path("lists/<slug:list_code>/views/<int:view_id>/drop/", lists.view_drop, name="list-view-drop"),
]
