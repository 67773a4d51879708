"""Addresses of administrators' fields, directories, card layouts and of values on records."""

from django.urls import path

from vernost.office import field_access  # noqa: F401 - says who opens these addresses
from vernost.office.views import attached_files, card_layout, directories, field_settings, own_fields, words

urlpatterns = [
    path("records/<slug:target>/<int:record_id>/fields/", own_fields.record_fields, name="record-fields"),
    path("records/<slug:target>/<int:record_id>/fields/<slug:code>/", own_fields.field_file, name="field-file"),
    path("records/<slug:target>/<int:record_id>/fields/<slug:code>/put/", own_fields.field_file_put, name="field-put"),
    path("records/<slug:target>/<int:record_id>/files/", attached_files.record_files, name="record-files"),
    path(
        "records/<slug:target>/<int:record_id>/files/<int:attached_id>/", attached_files.record_file, name="record-file"
    ),
    path(
        "records/<slug:target>/<int:record_id>/files/<int:attached_id>/drop/",
        attached_files.record_file_drop,
        name="record-file-drop",
    ),
    path("settings/fields/", field_settings.field_list, name="fields"),
    path("settings/fields/<int:field_id>/", field_settings.field_edit, name="field"),
    path("settings/fields/<int:field_id>/type/", field_settings.field_type, name="field-type"),
    path("settings/fields/<int:field_id>/archive/", field_settings.field_archive, name="field-archive"),
    path("settings/fields/of/<slug:target>/new/", field_settings.field_add, name="field-add"),
    path("settings/fields/of/<slug:target>/order/", field_settings.field_order, name="field-order"),
    path("settings/directories/", directories.directory_list, name="directories"),
    path("settings/directories/new/", directories.directory_add, name="directory-add"),
    path("settings/directories/reasons/", directories.reasons_change, name="reasons-change"),
    path("settings/directories/words/<slug:kind>/", words.words_change, name="words-change"),
    path("settings/directories/<int:directory_id>/", directories.directory, name="directory"),
    path("settings/directories/<int:directory_id>/change/", directories.directory_change, name="directory-change"),
    path("settings/directories/<int:directory_id>/order/", directories.directory_order, name="directory-order"),
    path("settings/directories/values/<int:value_id>/", directories.value_change, name="directory-value"),
    path("settings/card/", card_layout.card_layout, name="card-layouts"),
    path("settings/card/<slug:role>/", card_layout.card_layout, name="card-layout"),
]
