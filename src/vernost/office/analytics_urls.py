"""Addresses of the analytics pages, in the office's namespace."""

from django.urls import path

from vernost.office.views import analytics, analytics_people, price_tests, strategies

urlpatterns = [
    path("analytics/", analytics.analytics, name="analytics"),
    path("analytics/funnel/", analytics.analytics_funnel, name="analytics-funnel"),
    path("analytics/people/", analytics_people.analytics_people, name="analytics-people"),
    path("analytics/people/campaign/", analytics_people.analytics_campaign, name="analytics-campaign"),
    path("analytics/rfm/strategies/", strategies.strategy_list, name="analytics-strategies"),
    path("analytics/rfm/strategies/<int:r>/<int:m>/", strategies.strategy_edit, name="analytics-strategy"),
    path("analytics/price/", price_tests.price_test_list, name="price-tests"),
    path("analytics/price/new/", price_tests.price_test_new, name="price-test-new"),
    path("analytics/price/<int:test_id>/", price_tests.price_test, name="price-test"),
    path("analytics/price/<int:test_id>/edit/", price_tests.price_test_edit, name="price-test-edit"),
    path("analytics/price/<int:test_id>/start/", price_tests.price_test_start, name="price-test-start"),
    path("analytics/price/<int:test_id>/end/", price_tests.price_test_end, name="price-test-end"),
    path("analytics/price/<int:test_id>/drop/", price_tests.price_test_drop, name="price-test-drop"),
    path("analytics/price/<int:test_id>/people/", price_tests.price_test_people, name="price-test-people"),
    path("analytics/price/<int:test_id>/orders/", price_tests.price_test_orders, name="price-test-orders"),
    *(
        path(f"analytics/{code}/", analytics.analytics_page, {"tab": code}, name=f"analytics-{code}")
        for code in analytics.PAGES
    ),
]
