"""Addresses of the reports, in the office's namespace."""

from django.urls import path

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
    path("my-statement/", operators.my_statement, name="my-statement"),
]
