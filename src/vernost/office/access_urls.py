"""Addresses of roles and of the journal, in the office's namespace."""

from django.urls import path

from vernost.office.views import audit, roles

urlpatterns = [
    path("settings/roles/", roles.role_list, name="roles"),
    path("settings/roles/<slug:code>/", roles.role_edit, name="role"),
    path("settings/roles/<slug:code>/copy/", roles.role_copy, name="role-copy"),
    path("settings/roles/<slug:code>/reset/", roles.role_reset, name="role-reset"),
    path("settings/roles/<slug:code>/drop/", roles.role_drop, name="role-drop"),
    path("settings/second-step/", roles.second_step, name="second-step"),
    path("settings/journal/", audit.audit, name="audit"),
    path("settings/journal/<int:record_id>/undo/", audit.audit_undo, name="audit-undo"),
]
