"""Addresses of the analytics pages, in the office's namespace."""

from django.urls import path

from vernost.office.analytics.tabs import HOME, TABS
from vernost.office.later import later

urlpatterns = [
    path("analytics/", later("analytics.analytics"), name="analytics"),
    path("analytics/funnel/", later("analytics.analytics_funnel"), name="analytics-funnel"),
    path("analytics/people/", later("analytics_people.analytics_people"), name="analytics-people"),
    path("analytics/people/campaign/", later("analytics_people.analytics_campaign"), name="analytics-campaign"),
    path("analytics/rfm/strategies/", later("strategies.strategy_list"), name="analytics-strategies"),
    path("analytics/rfm/strategies/<int:r>/<int:m>/", later("strategies.strategy_edit"), name="analytics-strategy"),
    path("analytics/price/", later("price_tests.price_test_list"), name="price-tests"),
    path("analytics/price/new/", later("price_tests.price_test_new"), name="price-test-new"),
    path("analytics/price/<int:test_id>/", later("price_tests.price_test"), name="price-test"),
    path("analytics/price/<int:test_id>/edit/", later("price_tests.price_test_edit"), name="price-test-edit"),
    path("analytics/price/<int:test_id>/start/", later("price_tests.price_test_start"), name="price-test-start"),
    path("analytics/price/<int:test_id>/end/", later("price_tests.price_test_end"), name="price-test-end"),
    path("analytics/price/<int:test_id>/drop/", later("price_tests.price_test_drop"), name="price-test-drop"),
    path("analytics/price/<int:test_id>/people/", later("price_tests.price_test_people"), name="price-test-people"),
    path("analytics/price/<int:test_id>/orders/", later("price_tests.price_test_orders"), name="price-test-orders"),
    *(
        path(f"analytics/{code}/", later("analytics.analytics_page"), {"tab": code}, name=f"analytics-{code}")
        for code in TABS
        if code != HOME
    ),
]
