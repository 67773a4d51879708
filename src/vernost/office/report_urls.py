"""Addresses of the reports, in the office's namespace."""

from django.urls import path

from vernost.office.later import later
from vernost.office.views import effect, funnel, operators, plans

urlpatterns = [
    path("funnel/", funnel.funnel, name="funnel"),
    path("funnel/people/", funnel.funnel_people, name="funnel-people"),
    path("funnel/effect/", effect.effect, name="effect"),
    path("funnel/effect/people/", effect.effect_list, name="effect-people"),
    path("funnel/operators/", operators.operators, name="operators"),
    path("funnel/operators/<int:user_id>/people/", operators.operator_people, name="operator-people"),
    path("funnel/operators/<int:user_id>/statement/", operators.statement, name="statement"),
    path("funnel/motivation/", operators.motivation, name="motivation"),
    path("funnel/motivation/drop/", operators.motivation_drop, name="motivation-drop"),
    path("funnel/plans/", plans.plans, name="plans"),
    path("funnel/pivot/", later("pivot.pivot"), name="pivot"),
    path("funnel/pivot/orders/", later("pivot.pivot_orders"), name="pivot-orders"),
    path("funnel/pivot/save/", later("pivot.pivot_save"), name="pivot-save"),
    path("funnel/pivot/<int:view_id>/share/", later("pivot.pivot_share"), name="pivot-share"),
    path("funnel/pivot/<int:view_id>/drop/", later("pivot.pivot_drop"), name="pivot-drop"),
    path("my-statement/", operators.my_statement, name="my-statement"),
]
