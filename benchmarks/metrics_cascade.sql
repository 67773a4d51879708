-- The base cascade of the whole history in event form, by month and branch.
WITH days AS (
    SELECT DISTINCT ON (customer_id, "on") customer_id, "on", coalesce(branch_id, 0) AS place
      FROM visits WHERE "on" <= %(day)s ORDER BY customer_id, "on", closed_second DESC, ref DESC
), stays AS (
    SELECT d.customer_id, d."on", d.place, c.block, d."on" + %(sleep)s + 1 AS slept,
           lag(d."on") OVER own AS before, lag(d.place) OVER own AS place_before, lead(d."on") OVER own AS after
      FROM days d JOIN customers c USING (customer_id)
    WINDOW own AS (PARTITION BY d.customer_id ORDER BY d."on")
), counted AS (
    SELECT *, block <= slept AND (after IS NULL OR block <= after) AS by_block,
           before IS NOT NULL AND "on" - before >= %(sleep)s + 2 AS back
      FROM stays WHERE block IS NULL OR "on" < block
), events AS (
    SELECT "on", place, CASE WHEN before IS NULL THEN 'new' WHEN back THEN 'returned' ELSE 'moved_in' END AS kind
      FROM counted WHERE before IS NULL OR back OR place <> place_before
    UNION ALL
    SELECT "on", place_before, 'moved_out' FROM counted WHERE NOT back AND place <> place_before
    UNION ALL
    SELECT block, place, 'blocked' FROM counted WHERE by_block AND block <= %(day)s
    UNION ALL
    SELECT slept, place, 'slept' FROM counted
     WHERE by_block IS NOT TRUE AND (after IS NULL OR after > slept) AND slept <= %(day)s
)
SELECT date_trunc('month', "on")::date AS month, place AS branch_id,
       count(*) FILTER (WHERE kind = 'new') AS new,
       count(*) FILTER (WHERE kind = 'returned') AS returned,
       count(*) FILTER (WHERE kind = 'moved_in') AS moved_in,
       count(*) FILTER (WHERE kind = 'slept') AS slept,
       count(*) FILTER (WHERE kind = 'blocked') AS blocked,
       count(*) FILTER (WHERE kind = 'moved_out') AS moved_out
  FROM events GROUP BY 1, 2
