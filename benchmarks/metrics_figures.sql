-- State, RFM scores and ABC class of every customer on a day.
WITH days AS (
    SELECT customer_id, "on", sum(revenue)::bigint AS revenue FROM visits WHERE "on" <= %(day)s GROUP BY 1, 2
), history AS (
    SELECT customer_id, min("on") AS first, max("on") AS last,
           min("on") FILTER (WHERE "on" >= %(awake_from)s) AS entered,
           max("on") FILTER (WHERE "on" < %(awake_from)s) AS left_on,
           count(*) FILTER (WHERE "on" >= %(loyal_from)s) AS loyal,
           count(*) FILTER (WHERE "on" > %(rfm_from)s) AS often,
           sum(revenue) FILTER (WHERE "on" > %(rfm_from)s)::bigint AS much,
           sum(revenue) FILTER (WHERE "on" > %(abc_from)s)::bigint AS value
      FROM days GROUP BY 1
), scored AS (
    SELECT customer_id,
           1 + 5 * (rank() OVER (ORDER BY last DESC) - 1) / count(*) OVER () AS r,
           1 + 5 * (rank() OVER (ORDER BY often DESC) - 1) / count(*) OVER () AS f,
           1 + 5 * (rank() OVER (ORDER BY much DESC) - 1) / count(*) OVER () AS m
      FROM history WHERE often > 0
), ranked AS (
    SELECT customer_id, coalesce(value, 0) AS value,
           coalesce(sum(greatest(value, 0)) OVER (
               ORDER BY coalesce(value, 0) DESC, ref ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS before,
           sum(greatest(value, 0)) OVER () AS total
      FROM customers LEFT JOIN history USING (customer_id)
)
SELECT c.customer_id,
       CASE WHEN c.block <= %(day)s THEN 'blocked'
            WHEN h.last IS NULL THEN 'prospect'
            WHEN h.last < %(awake_from)s THEN 'sleeping'
            WHEN h.first >= %(awake_from)s THEN 'new'
            WHEN h.entered - h.left_on >= %(gap)s THEN 'returned'
            WHEN h.loyal >= %(loyal)s THEN 'loyal'
            ELSE 'active' END AS state,
       s.r::int AS r, s.f::int AS f, s.m::int AS m,
       CASE WHEN k.value <= 0 THEN 'C'
            WHEN k.before * 100 < %(a)s * k.total THEN 'A'
            WHEN k.before * 100 < %(b)s * k.total THEN 'B'
            ELSE 'C' END AS abc
  FROM customers c
  JOIN ranked k USING (customer_id)
  LEFT JOIN history h USING (customer_id)
  LEFT JOIN scored s USING (customer_id)
