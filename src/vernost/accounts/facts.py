"""Branches and users in the mirror, and how a row's id is written for people."""

from vernost.core.fact_table import FactGroup, FactTable, Pull, fact_groups


def reference_sql(alias: str) -> str:
    """SQL of PostgreSQL for the id of an `Imported` row as people know it.

    The source's own id; `source:id` where several sources exist; `vernost:id` for a row made here.
    """
    key = f"{alias}.external_id"
    code = f"(SELECT code FROM accounts_source WHERE id = {alias}.source_id)"  # noqa: S608 - an alias of ours
    several = "(SELECT count(*) > 1 FROM accounts_source WHERE in_use)"
    made_here = f"{alias}.source_id IS NULL THEN 'vernost:' || {alias}.id"
    return f"CASE WHEN {made_here} WHEN {several} THEN {code} || ':' || {key} ELSE {key} END"


fact_groups.add(
    FactGroup(
        code="branches",
        key="branch_id",
        pulls=(
            Pull(
                name="branch_rows",
                key="b.id",
                sql=f"""
                    SELECT b.id::bigint AS branch_id, {reference_sql("b")} AS ref, b.name, b.timezone,
                           b.bays::int AS bays,
                           (extract(epoch FROM b.open_at) / 60)::int AS open_minute,
                           (extract(epoch FROM b.close_at) / 60)::int AS close_minute,
                           b.vat AS pays_vat, b.daily_limit::int AS daily_limit,
                           b.legal_entity_id::bigint AS company_id
                      FROM accounts_branch b
                """,  # noqa: S608 - made of our own names
            ),
        ),
        tables=(
            FactTable(
                name="branches",
                scope="group",
                columns={
                    "branch_id": "int64",
                    "ref": "string",
                    "name": "string",
                    "timezone": "string",
                    "bays": "int32",
                    "open_minute": "int32",
                    "close_minute": "int32",
                    "pays_vat": "boolean",
                    "daily_limit": "int32",
                    "company_id": "int64",
                },
                sql="SELECT * FROM branch_rows",
                order_by=("branch_id",),
            ),
        ),
        touched_by={"accounts_branch": "id"},
    )
)

fact_groups.add(
    FactGroup(
        code="users",
        key="user_id",
        pulls=(
            Pull(
                name="user_rows",
                key="u.id",
                sql="""
                    SELECT u.id::bigint AS user_id, u.username::text AS username,
                           coalesce(nullif(btrim(u.last_name || ' ' || u.first_name), ''), u.username)::text AS name,
                           u.role::text AS role
                      FROM accounts_user u
                """,
            ),
        ),
        tables=(
            FactTable(
                name="users",
                scope="group",
                columns={"user_id": "int64", "username": "string", "name": "string", "role": "string"},
                sql="SELECT * FROM user_rows",
                order_by=("user_id",),
            ),
        ),
        touched_by={"accounts_user": "id"},
    )
)
