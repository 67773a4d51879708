"""Addresses of the analytics pages, in the office's namespace."""

from django.urls import path

from vernost.office.views import analytics, analytics_people, strategies

urlpatterns = [
    path("analytics/", analytics.analytics, name="analytics"),
    path("analytics/funnel/", analytics.analytics_funnel, name="analytics-funnel"),
    path("analytics/people/", analytics_people.analytics_people, name="analytics-people"),
    path("analytics/people/campaign/", analytics_people.analytics_campaign, name="analytics-campaign"),
    path("analytics/rfm/strategies/", strategies.strategy_list, name="analytics-strategies"),
    path("analytics/rfm/strategies/<int:r>/<int:m>/", strategies.strategy_edit, name="analytics-strategy"),
    *(
        path(f"analytics/{code}/", analytics.analytics_page, {"tab": code}, name=f"analytics-{code}")
        for code in analytics.PAGES
    ),
]
