-- Customers of eight criteria on the live tables, as one set-based query.
WITH own_cars AS (
    SELECT w.customer_id, v.make, v.year
      FROM vehicles_ownership w JOIN vehicles_vehicle v ON v.id = w.vehicle_id
     WHERE (w.owned_from IS NULL OR w.owned_from <= %(today)s) AND (w.owned_until IS NULL OR w.owned_until > %(today)s)
       AND (NOT v.scrapped OR EXISTS (SELECT FROM vehicles_vehicleevent e WHERE e.vehicle_id = v.id AND e.kind = 'scrapped'))
       AND NOT EXISTS (SELECT FROM vehicles_vehicleevent e
                        WHERE e.vehicle_id = v.id AND e.kind = 'scrapped' AND e."on" <= %(today)s)
       AND NOT EXISTS (SELECT FROM vehicles_vehicleevent e
                        WHERE e.vehicle_id = v.id AND e.kind = 'car_sold' AND e."on" <= %(today)s
                          AND (w.owned_from IS NULL OR e."on" >= w.owned_from))
       AND NOT EXISTS (SELECT FROM sales_deal d
                        WHERE d.vehicle_id = v.id AND d.customer_id = w.customer_id AND d.status = 'won'
                          AND d.kind = 'trade_in' AND d.closed_on <= %(today)s
                          AND (w.owned_from IS NULL OR d.closed_on >= w.owned_from))
       AND NOT EXISTS (SELECT FROM contacts_interaction i
                        WHERE i.vehicle_id = v.id AND i.outcome = 'car_sold' AND i."on" <= %(today)s
                          AND (w.owned_from IS NULL OR i."on" >= w.owned_from))
), made AS (
    SELECT customer_id FROM own_cars WHERE lower(btrim(make)) = ANY(%(makes)s)
), young AS (
    SELECT customer_id FROM own_cars WHERE extract(year FROM %(today)s::date) - year <= %(age)s
), came AS (
    SELECT o.customer_id,
           count(DISTINCT o.closed_on) FILTER (WHERE o.closed_on >= %(visits_since)s) AS visits,
           coalesce(sum(coalesce(o.amount, (
               SELECT sum(l.amount) FROM workshop_orderline l
                WHERE l.order_id = o.id AND NOT l.declined
                  AND (l.payer IN ('customer', 'insurer') OR (l.payer = '' AND o.kind <> 'warranty'))), 0))
               FILTER (WHERE o.closed_on >= %(revenue_since)s), 0) AS revenue,
           max(o.closed_on) AS last_on
      FROM workshop_repairorder o
     WHERE o.customer_id IS NOT NULL AND o.status = 'closed' AND o.kind NOT IN ('internal', 'presale')
       AND o.closed_on <= %(today)s
     GROUP BY 1
), bought AS (
    SELECT o.customer_id
      FROM workshop_orderline l JOIN workshop_repairorder o ON o.id = l.order_id
     WHERE o.status = 'closed' AND o.kind NOT IN ('internal', 'presale') AND NOT l.declined
       AND lower(btrim(l.category)) = ANY(%(bought)s) AND o.closed_on BETWEEN %(bought_since)s AND %(today)s
), shunned AS (
    SELECT o.customer_id
      FROM workshop_orderline l JOIN workshop_repairorder o ON o.id = l.order_id
     WHERE o.status = 'closed' AND o.kind NOT IN ('internal', 'presale') AND NOT l.declined
       AND lower(btrim(l.category)) = ANY(%(shunned)s) AND o.closed_on BETWEEN %(shunned_since)s AND %(today)s
)
-- Sets are intersected, not joined: with joins the planner expects a handful of people and loops over all the rest.
, found AS (
    SELECT customer_id FROM came WHERE visits >= %(visits)s AND revenue >= %(revenue)s AND last_on < %(away)s
    INTERSECT SELECT id FROM customers_customer WHERE kind = %(kind)s
    INTERSECT SELECT customer_id FROM made
    INTERSECT SELECT customer_id FROM young
    INTERSECT SELECT customer_id FROM bought
    EXCEPT SELECT customer_id FROM shunned
)
SELECT c.id, c.full_name, c.external_id, c.kind
  FROM found JOIN customers_customer c ON c.id = found.customer_id
 ORDER BY c.id
