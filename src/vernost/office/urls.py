"""Addresses of the office pages."""

from django.urls import path, register_converter

from vernost.office import (
    access_rows,  # noqa: F401 - says who opens these addresses
    navigation,  # noqa: F401 - fills the frame with the sections of this surface
)
from vernost.office.access_urls import urlpatterns as access_pages
from vernost.office.analytics_urls import urlpatterns as analytics_pages
from vernost.office.consent_urls import urlpatterns as consent_pages
from vernost.office.converters import DayConverter
from vernost.office.customer_urls import urlpatterns as customer_pages
from vernost.office.field_urls import urlpatterns as field_pages
from vernost.office.list_urls import urlpatterns as list_pages
from vernost.office.report_urls import urlpatterns as report_pages
from vernost.office.views import (
    about,
    branches,
    calendar,
    campaigns,
    duplicates,
    home,
    imports,
    profile,
    programmes,
    quarantine,
    segments,
    settings,
    supervisor,
    tokens,
    users,
)
from vernost.office.webhook_urls import urlpatterns as webhook_pages

register_converter(DayConverter, "day")

app_name = "office"
urlpatterns = [
    path("", home.home, name="home"),
    path("today/funnel/", home.home_funnel, name="home-funnel"),
    path("supervisor/", supervisor.supervisor, name="supervisor"),
    path("supervisor/assign/", supervisor.supervisor_assign, name="supervisor-assign"),
    path("supervisor/share/", supervisor.supervisor_share, name="supervisor-share"),
    path("segments/", segments.segment_list, name="segments"),
    path("segments/new/", segments.segment_new, name="segment-new"),
    path("segments/<int:segment_id>/", segments.segment_page, name="segment"),
    path("segments/<int:segment_id>/rule/", segments.segment_edit, name="segment-edit"),
    path("segments/<int:segment_id>/words/", segments.segment_words, name="segment-words"),
    path("segments/<int:segment_id>/freeze/", segments.segment_freeze, name="segment-freeze"),
    path("segments/<int:segment_id>/watch/", segments.segment_watch, name="segment-watch"),
    path("segments/<int:segment_id>/count/", segments.segment_count, name="segment-count"),
    path("segments/<int:segment_id>/remove/", segments.segment_remove, name="segment-remove"),
    path("customers/duplicates/", duplicates.duplicate_list, name="duplicates"),
    path("customers/duplicates/search/", duplicates.duplicates_search, name="duplicates-search"),
    path("customers/duplicates/<int:pair_id>/", duplicates.duplicate_pair, name="duplicate"),
    path("customers/duplicates/<int:pair_id>/apart/", duplicates.duplicate_apart, name="duplicate-apart"),
    path("customers/merges/<int:merge_id>/undo/", duplicates.merge_undo, name="merge-undo"),
    path("imports/", imports.import_list, name="imports"),
    path("imports/<int:run_id>/", imports.import_page, name="import"),
    path("imports/<int:run_id>/start/", imports.import_start, name="import-start"),
    path("imports/<int:run_id>/stop/", imports.import_stop, name="import-stop"),
    path("imports/columns/", imports.mapping_list, name="mappings"),
    path("imports/columns/choose/", imports.mapping_choose, name="mapping-choose"),
    path("imports/columns/<slug:source>/<slug:kind>/", imports.mapping_edit, name="mapping"),
    path("imports/quarantine/<int:row_id>/", quarantine.quarantine_row, name="quarantine-row"),
    path("imports/quarantine/retry/", quarantine.quarantine_retry, name="quarantine-retry"),
    path("imports/quarantine/", quarantine.quarantine_list, name="quarantine"),
    path("programmes/", programmes.programme_list, name="programmes"),
    path("programmes/campaigns/new/", campaigns.campaign_new, name="campaign-new"),
    path("programmes/<int:programme_id>/", programmes.programme_edit, name="programme"),
    path("programmes/<int:programme_id>/dry-run/", programmes.programme_dry_run, name="programme-dry-run"),
    path(
        "programmes/<int:programme_id>/invitations/",
        programmes.programme_invitations,
        name="programme-invitations",
    ),
    path("programmes/<int:programme_id>/people/", programmes.programme_people, name="programme-people"),
    path("programmes/<int:programme_id>/start/", programmes.programme_start, name="programme-start"),
    path("programmes/<int:programme_id>/preview/", programmes.programme_preview, name="programme-preview"),
    path("programmes/<int:programme_id>/withdraw/", programmes.programme_withdraw, name="programme-withdraw"),
    path("programmes/<int:programme_id>/stop/", programmes.programme_stop, name="programme-stop"),
    path("about/", about.about, name="about"),
    path("profile/", profile.profile, name="profile"),
    path("settings/", settings.settings, name="settings"),
    path("settings/rules/<slug:name>/reset/", settings.setting_reset, name="setting-reset"),
    path("settings/users/", users.user_list, name="users"),
    path("settings/users/new/", users.user_add, name="user-add"),
    path("settings/users/<int:user_id>/", users.user_edit, name="user-edit"),
    path("settings/users/<int:user_id>/deactivate/", users.user_deactivate, name="user-deactivate"),
    path("settings/users/<int:user_id>/activate/", users.user_activate, name="user-activate"),
    path("settings/users/<int:user_id>/password/", users.user_reset_password, name="user-reset-password"),
    path("settings/users/<int:user_id>/totp/", users.user_reset_totp, name="user-reset-totp"),
    path("settings/keys/", tokens.token_list, name="tokens"),
    path("settings/keys/new/", tokens.token_add, name="token-add"),
    path("settings/keys/<int:token_id>/revoke/", tokens.token_revoke, name="token-revoke"),
    path("settings/branches/", branches.branch_list, name="branches"),
    path("settings/branches/new/", branches.branch_add, name="branch-add"),
    path("settings/branches/<int:branch_id>/", branches.branch_edit, name="branch"),
    path("settings/branches/<int:branch_id>/bays/", branches.branch_bays, name="branch-bays"),
    path("settings/branches/<int:branch_id>/days/", branches.branch_day_set, name="branch-day-set"),
    path("settings/branches/<int:branch_id>/days/<day:on>/", branches.branch_day_drop, name="branch-day-drop"),
    path("settings/calendar/", calendar.calendar_year, name="calendar"),
    path("settings/calendar/day/", calendar.calendar_day, name="calendar-day"),
    path("settings/calendar/<int:year>/", calendar.calendar_year, name="calendar"),
    path("settings/calendar/<int:year>/import/", calendar.calendar_import, name="calendar-import"),
    path("settings/calendar/<int:year>/verify/", calendar.calendar_verify, name="calendar-verify"),
]
urlpatterns += [
    *customer_pages,
    *consent_pages,
    *report_pages,
    *analytics_pages,
    *webhook_pages,
    *access_pages,
    *field_pages,
    *list_pages,
]
