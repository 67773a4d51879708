"""Addresses of the webhooks' pages."""

from django.urls import path

from vernost.office.views import webhooks

urlpatterns = [
    path("settings/webhooks/", webhooks.webhook_list, name="webhooks"),
    path("settings/webhooks/new/", webhooks.webhook_add, name="webhook-add"),
    path("settings/webhooks/<int:webhook_id>/", webhooks.webhook, name="webhook"),
    path("settings/webhooks/<int:webhook_id>/edit/", webhooks.webhook_edit, name="webhook-edit"),
    path("settings/webhooks/<int:webhook_id>/test/", webhooks.webhook_test, name="webhook-test"),
    path("settings/webhooks/<int:webhook_id>/secret/", webhooks.webhook_secret, name="webhook-secret"),
    path("settings/webhooks/<int:webhook_id>/switch/", webhooks.webhook_switch, name="webhook-switch"),
    path("settings/webhooks/<int:webhook_id>/remove/", webhooks.webhook_remove, name="webhook-remove"),
    path("settings/webhooks/<int:webhook_id>/replay/", webhooks.webhook_replay, name="webhook-replay"),
    path("settings/webhooks/messages/<int:delivery_id>/again/", webhooks.webhook_send_again, name="webhook-send-again"),
]
