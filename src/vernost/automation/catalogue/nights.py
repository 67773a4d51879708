from vernost.automation.catalogue import Invariant, invariants
from vernost.core.i18n import _

invariants.add(
    Invariant(
        code="counts_add_up",
        title=_("The candidates of a night are the invited and all the suppressed"),
        sql="""
            SELECT run.as_of, programme ->> 'programme' AS programme, programme ->> 'candidates' AS candidates,
                   programme ->> 'invited' AS invited, programme -> 'suppressed' AS suppressed
            FROM automation_nightrun run, jsonb_array_elements(run.result -> 'programmes') programme
            WHERE (programme ->> 'candidates')::bigint <> (programme ->> 'invited')::bigint
                  + (SELECT coalesce(sum(value::bigint), 0) FROM jsonb_each_text(programme -> 'suppressed'))
        """,
    )
)
invariants.add(
    Invariant(
        code="invited_as_counted",
        title=_("A night has made as many invitations as it has counted"),
        sql="""
            WITH counted AS (
                SELECT run.as_of, programme ->> 'programme' AS code, (programme ->> 'invited')::bigint AS invited
                FROM automation_nightrun run, jsonb_array_elements(run.result -> 'programmes') programme
            ),
            made AS (
                SELECT invitation.created_for, programme.code, count(*) AS invited
                FROM invitations_invitation invitation
                JOIN invitations_programme programme ON programme.id = invitation.programme_id
                GROUP BY 1, 2
            )
            SELECT counted.as_of, counted.code, counted.invited, coalesce(made.invited, 0) AS made
            FROM counted LEFT JOIN made ON made.created_for = counted.as_of AND made.code = counted.code
            WHERE counted.invited <> coalesce(made.invited, 0)
        """,
    )
)
