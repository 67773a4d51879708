"""What customers say of us in the mirror, without their words."""

from vernost.core.fact_table import FactGroup, FactTable, Pull, fact_groups

SURVEYS = FactTable(
    name="surveys",
    scope="customer",
    columns={
        "survey_id": "int64",
        "customer_id": "int64",
        "order_id": "int64",
        "on": "date",
        "score": "int32",
    },
    sql="SELECT * FROM survey_rows",
    order_by=("customer_id", "on", "survey_id"),
)

fact_groups.add(
    FactGroup(
        code="surveys",
        key="survey_id",
        pulls=(
            Pull(
                name="survey_rows",
                key="s.id",
                sql="""
                    SELECT s.id::bigint AS survey_id, s.customer_id::bigint AS customer_id,
                           s.order_id::bigint AS order_id, s.answered_on AS "on", s.score::int AS score
                      FROM care_surveyanswer s
                """,
            ),
        ),
        tables=(SURVEYS,),
        touched_by={"care_surveyanswer": "id"},
    )
)
