-- The decision of one night as one statement of PostgreSQL: every candidate of the nine standing programmes with its
-- one reason. It reads the facts that the mirror holds, as indexed tables; %(day)s is the night.
-- Written for the standard settings and programmes as a base starts with them: no limits of pairs a day,
-- nobody invited or drawn for this very day before.
WITH cars AS (
    SELECT * FROM vehicles
    WHERE NOT coalesce(scrapped, false) AND NOT coalesce(scrapped_on <= %(day)s, false)
), owners AS (
    SELECT vehicle_id, customer_id, owned_from FROM ownerships
    WHERE (owned_from IS NULL OR owned_from <= %(day)s) AND (owned_until IS NULL OR owned_until > %(day)s)
), last_visits AS (
    SELECT DISTINCT ON (vehicle_id) vehicle_id, "on" AS last_visit_on, branch_id AS last_branch_id FROM vehicle_visits
    WHERE vehicle_id IS NOT NULL AND "on" <= %(day)s ORDER BY vehicle_id, "on" DESC, closed_second DESC, ref DESC
), last_services AS (
    SELECT DISTINCT ON (vehicle_id) vehicle_id, ref, "on", opened_on, mileage_km FROM vehicle_visits
    WHERE vehicle_id IS NOT NULL AND "on" <= %(day)s AND kind = 'maintenance'
    ORDER BY vehicle_id, "on" DESC, closed_second DESC, ref DESC
), deal_sales AS (
    SELECT DISTINCT ON (vehicle_id) vehicle_id, closed_on AS sale_on, kind AS deal_kind, customer_id AS buyer_id FROM deals
    WHERE status = 'won' AND kind IN ('new', 'used') AND closed_on <= %(day)s AND vehicle_id IS NOT NULL
    ORDER BY vehicle_id, closed_on DESC, ref DESC
), sales AS (
    SELECT * FROM deal_sales
    UNION ALL
    SELECT vehicle_id, sold_on, NULL, NULL FROM vehicles
    WHERE sold_by_us AND sold_on <= %(day)s AND NOT EXISTS (SELECT FROM deal_sales d WHERE d.vehicle_id = vehicles.vehicle_id)
), ended AS (
    SELECT DISTINCT vehicle_id FROM (
        SELECT d.vehicle_id, d.closed_on AS "on", o.owned_from
        FROM deals d JOIN owners o ON o.vehicle_id = d.vehicle_id AND o.customer_id = d.customer_id
        WHERE d.status = 'won' AND d.kind = 'trade_in'
        UNION ALL
        SELECT i.vehicle_id, i."on", o.owned_from FROM interactions i JOIN owners o USING (vehicle_id) WHERE i.outcome = 'car_sold'
        UNION ALL
        SELECT e.vehicle_id, e."on", o.owned_from FROM vehicle_events e JOIN owners o USING (vehicle_id) WHERE e.kind = 'car_sold'
    ) told WHERE "on" <= %(day)s AND (owned_from IS NULL OR "on" >= owned_from)
), pairs AS (
    SELECT c.vehicle_id, c.ref AS vehicle_ref, c.vin, c.warranty_until, c.warranty_km, o.customer_id, o.owned_from,
           v.last_visit_on, coalesce(v.last_branch_id, c.branch_id) AS branch_id, s.sale_on,
           s.sale_on IS NOT NULL
           AND coalesce(s.buyer_id = o.customer_id, o.owned_from IS NULL OR o.owned_from <= s.sale_on, false) AS sold_to_owner,
           e.vehicle_id IS NOT NULL AS ended
    FROM cars c
    JOIN owners o USING (vehicle_id)
    LEFT JOIN last_visits v USING (vehicle_id)
    LEFT JOIN sales s USING (vehicle_id)
    LEFT JOIN ended e USING (vehicle_id)
), last_readings AS (
    SELECT DISTINCT ON (vehicle_id) vehicle_id, "on" AS last_on, km AS last_km FROM readings
    WHERE accepted AND "on" <= %(day)s ORDER BY vehicle_id, "on" DESC, km DESC
), steps AS (
    SELECT vehicle_id, sum(day - previous_day) AS days, sum(km - previous_km)::bigint AS km FROM readings
    WHERE accepted AND "on" <= %(day)s AND previous_day >= DATE %(day)s - DATE '1970-01-01' - 730 GROUP BY vehicle_id
), raw_rates AS (
    SELECT v.vehicle_id, v.make_key, v.model_key, (2 * s.km * 1000 + s.days) / (2 * s.days) AS raw
    FROM vehicles v JOIN steps s USING (vehicle_id) WHERE s.days > 0
), of_models AS (
    SELECT make_key, model_key, floor(percentile_cont(0.5) WITHIN GROUP (ORDER BY raw) + 0.5)::bigint AS rate
    FROM raw_rates GROUP BY make_key, model_key HAVING count(*) >= 30
), of_base AS (
    SELECT floor(percentile_cont(0.5) WITHIN GROUP (ORDER BY raw) + 0.5)::bigint AS rate FROM raw_rates
), odometers AS (
    SELECT v.vehicle_id, r.last_on, r.last_km::bigint AS last_km,
           (2 * (coalesce(s.km, 0) * 1000 + 180 * coalesce(m.rate, b.rate, 41000)) + coalesce(s.days, 0) + 180)
           / (2 * (coalesce(s.days, 0) + 180)) AS rate
    FROM vehicles v
    LEFT JOIN last_readings r USING (vehicle_id)
    LEFT JOIN steps s USING (vehicle_id)
    LEFT JOIN of_models m USING (make_key, model_key)
    CROSS JOIN of_base b
), sorts AS (
    SELECT DISTINCT make_key, model_key, engine_key, coalesce(year, 0) AS year FROM vehicles
), plans_of_sorts AS (
    SELECT DISTINCT ON (s.make_key, s.model_key, s.engine_key, s.year)
           s.make_key, s.model_key, s.engine_key, s.year, p.interval_months, p.interval_km, p.first_months, p.first_km,
           p.labour_hundredths
    FROM sorts s JOIN plans p USING (make_key, model_key)
    WHERE p.engine_key IN ('', s.engine_key)
      AND (s.year <> 0 OR p.year_from IS NULL AND p.year_to IS NULL)
      AND (p.year_from IS NULL OR p.year_from <= s.year) AND (p.year_to IS NULL OR p.year_to >= s.year)
    ORDER BY s.make_key, s.model_key, s.engine_key, s.year, (p.engine_key <> '') DESC, coalesce(p.year_from, 0) DESC,
             coalesce(p.year_to, 9999), p.interval_months, p.interval_km, p.plan_id
), fitting_plans AS (
    SELECT v.vehicle_id, p.interval_months, p.interval_km, p.first_months, p.first_km, p.labour_hundredths
    FROM vehicles v
    JOIN plans_of_sorts p ON p.make_key = v.make_key AND p.model_key = v.model_key AND p.engine_key = v.engine_key
                         AND p.year = coalesce(v.year, 0)
), since AS (
    SELECT l.vehicle_id, 'order:' || l.ref AS anchor, l."on" AS since_on,
           CASE WHEN EXISTS (SELECT FROM readings r
                             WHERE r.vehicle_id = l.vehicle_id AND r."on" = l.opened_on AND r.km = l.mileage_km
                               AND r.accepted AND r.in_last_chain)
                THEN l.mileage_km::bigint END AS since_km, false AS first
    FROM last_services l
    UNION ALL
    SELECT vehicle_id, 'sale:' || sale_on, sale_on,
           CASE WHEN CASE WHEN deal_kind IS NULL THEN year IS NULL OR year >= extract(year FROM sale_on) - 1
                          ELSE deal_kind = 'new' END THEN 0 END, true
    FROM (SELECT v.vehicle_id, v.year, s.deal_kind,
                 coalesce(s.sale_on, CASE WHEN v.sold_on <= %(day)s THEN v.sold_on END) AS sale_on
          FROM vehicles v LEFT JOIN sales s USING (vehicle_id)
          WHERE NOT EXISTS (SELECT FROM last_services l WHERE l.vehicle_id = v.vehicle_id)) sold
    WHERE sale_on IS NOT NULL
), intervals AS (
    SELECT s.*, coalesce(CASE WHEN s.first THEN p.first_months END, p.interval_months, 12) AS months,
           s.since_km + coalesce(CASE WHEN s.first THEN p.first_km END, p.interval_km, 15000) AS mark
    FROM since s LEFT JOIN fitting_plans p USING (vehicle_id)
), maintenance AS (
    SELECT i.vehicle_id, i.anchor, (i.since_on + make_interval(months => i.months))::date AS months_on,
           CASE WHEN i.mark <= o.last_km THEN o.last_on
                WHEN o.rate > 0 THEN o.last_on + least(((i.mark - o.last_km) * 1000 + o.rate - 1) / o.rate, 100000)::int
           END AS km_on
    FROM intervals i JOIN odometers o USING (vehicle_id)
), maintenance_due AS (
    SELECT vehicle_id, anchor, least(CASE WHEN months_on <= DATE %(day)s + 3650 THEN months_on END,
                                     CASE WHEN km_on <= DATE %(day)s + 3650 THEN km_on END) AS due_on
    FROM maintenance
), warranties AS (
    SELECT p.vehicle_id, p.customer_id, p.warranty_until, p.warranty_km,
           CASE WHEN p.warranty_km <= o.last_km THEN o.last_on
                WHEN o.rate > 0 THEN o.last_on + least(((p.warranty_km - o.last_km) * 1000 + o.rate - 1) / o.rate, 100000)::int
           END AS by_km
    FROM pairs p JOIN odometers o USING (vehicle_id)
), recalled AS (
    SELECT vin, code, min(starts_on) AS starts_on, bool_or(closes_on IS NULL) AS open_end, max(closes_on) AS last_close
    FROM recalls WHERE vin <> '' GROUP BY vin, code HAVING NOT bool_or(coalesce(done_on <= %(day)s, false))
), declined AS (
    SELECT l.order_id, l.line_no, l.vehicle_id, l."on", l.code, l.name_key, o.closed_second, o.ref,
           coalesce(l.advised_on, l."on" + 30) AS line_due_on
    FROM lines l JOIN orders o USING (order_id)
    WHERE l.declined AND l.vehicle_id IS NOT NULL AND l."on" <= %(day)s
      AND l.order_id IN (SELECT order_id FROM lines
                         WHERE declined AND "on" <= %(day)s AND coalesce(advised_on, "on" + 30) >= DATE %(day)s - 60)
), open_work AS (
    SELECT d.* FROM declined d WHERE NOT EXISTS (
        SELECT FROM lines l JOIN orders o USING (order_id)
        WHERE l.vehicle_id = d.vehicle_id AND l."on" <= %(day)s AND l."on" >= d."on" AND l.order_id <> d.order_id
          AND CASE WHEN d.code <> '' AND l.code <> '' THEN l.code = d.code ELSE l.name_key = d.name_key END
          AND (NOT l.declined OR (l."on", o.closed_second, o.ref) > (d."on", d.closed_second, d.ref)))
), deferred AS (
    SELECT order_id, min(vehicle_id) AS vehicle_id, min(ref) AS ref, min(line_due_on) AS due_on FROM open_work GROUP BY order_id
), active_owners AS (
    SELECT c.customer_id FROM customers c
    WHERE NOT (coalesce(c.blocked, c.blocked_on IS NOT NULL) AND (c.blocked_on IS NULL OR c.blocked_on <= %(day)s))
      AND EXISTS (SELECT FROM visits v
                  WHERE v.customer_id = c.customer_id AND v."on" BETWEEN DATE %(day)s - 365 AND DATE %(day)s)
), due AS (
    SELECT 'first_service' AS programme, vehicle_id, customer_id, sale_on + 30 AS due_on, NULL::date AS expires_on,
           'sale:' || sale_on AS anchor
    FROM pairs WHERE sold_to_owner AND NOT coalesce(last_visit_on > sale_on, false)
    UNION ALL
    SELECT 'next_service', p.vehicle_id, p.customer_id, m.due_on, NULL, m.anchor
    FROM maintenance_due m JOIN pairs p USING (vehicle_id) WHERE m.due_on IS NOT NULL
    UNION ALL
    SELECT 'warranty_end', vehicle_id, customer_id,
           least(warranty_until, CASE WHEN by_km <= DATE %(day)s + 3650 THEN by_km END), NULL,
           'warranty:' || coalesce(warranty_until::text, '') || '/' || coalesce(warranty_km::text, '')
    FROM warranties
    UNION ALL
    SELECT 'lost', vehicle_id, customer_id, (last_visit_on + INTERVAL '12 months')::date, NULL, 'visit:' || last_visit_on
    FROM pairs WHERE last_visit_on IS NOT NULL AND NOT coalesce(last_visit_on < owned_from, false) AND NOT ended
    UNION ALL
    SELECT 'recall', p.vehicle_id, p.customer_id, r.starts_on, CASE WHEN r.open_end THEN DATE '9999-12-31' ELSE r.last_close END,
           'recall:' || r.code
    FROM recalled r JOIN pairs p USING (vin)
    UNION ALL
    SELECT 'seasonal', p.vehicle_id, p.customer_id, s.starts_on, s.ends_on,
           'season:' || s.code || ':' || extract(year FROM s.starts_on)
    FROM seasons s CROSS JOIN pairs p
    WHERE s.starts_on <= %(day)s AND s.ends_on >= %(day)s
      AND p.customer_id IN (SELECT customer_id FROM active_owners)
      AND NOT EXISTS (SELECT FROM lines l WHERE l.vehicle_id = p.vehicle_id AND l."on" BETWEEN s.starts_on AND %(day)s
                        AND NOT l.declined AND l.category_key = s.category)
      AND NOT EXISTS (SELECT FROM vehicle_visits v WHERE v.vehicle_id = p.vehicle_id AND s.category = 'tyres'
                        AND v."on" BETWEEN s.starts_on AND %(day)s AND v.kind = 'tyres')
    UNION ALL
    SELECT 'courtesy', vehicle_id, customer_id, sale_on + 3, NULL, 'sale:' || sale_on FROM pairs WHERE sold_to_owner
    UNION ALL
    SELECT 'repurchase', vehicle_id, customer_id, (sale_on + INTERVAL '36 months')::date, NULL, 'sale:' || sale_on
    FROM pairs p WHERE sold_to_owner AND NOT EXISTS (
        SELECT FROM deals d WHERE d.vehicle_id = p.vehicle_id AND (d.opened_on IS NULL OR d.opened_on <= %(day)s)
          AND (d.status = 'open' OR d.opened_on IS NOT NULL AND d.closed_on > %(day)s))
    UNION ALL
    SELECT 'deferred_work', d.vehicle_id, p.customer_id, d.due_on, NULL, 'order:' || d.ref
    FROM deferred d JOIN pairs p USING (vehicle_id)
), candidates AS (
    SELECT d.*, r.rank, r.place, r.advertising, r.is_recall, r.control_share
    FROM due d JOIN programmes r USING (programme)
    WHERE d.due_on <= DATE %(day)s + r.lead_days AND coalesce(d.expires_on, d.due_on + r.grace_days) >= %(day)s
), consented AS (
    SELECT customer_id FROM consents
    WHERE company_id IS NULL AND channel = 'call' AND ("on" IS NULL OR "on" <= %(day)s)
    GROUP BY customer_id
    HAVING max(coalesce("on" - DATE '1970-01-01', -1000000) * 2 + CASE WHEN given THEN 0 ELSE 1 END) %% 2 = 0
), told_companies AS (
    SELECT customer_id, company_id,
           max(coalesce("on" - DATE '1970-01-01', -1000000) * 2 + CASE WHEN given THEN 0 ELSE 1 END) %% 2 = 0 AS given
    FROM consents WHERE company_id IS NOT NULL AND channel = 'call' AND ("on" IS NULL OR "on" <= %(day)s)
    GROUP BY customer_id, company_id
), reachable AS (
    SELECT DISTINCT customer_id FROM addresses WHERE kind = 'phone' AND (invalid_on IS NULL OR invalid_on > %(day)s)
), stopped AS (
    SELECT customer_id FROM stops WHERE channel = 'call' AND since <= %(day)s
    UNION
    SELECT customer_id FROM interactions WHERE outcome = 'do_not_call' AND channel = 'call' AND "on" <= %(day)s
), tired AS (
    SELECT customer_id FROM interactions
    WHERE direction = 'out' AND channel IN ('call', 'sms', 'email', 'messenger') AND "on" < %(day)s
      AND "on" >= DATE %(day)s - 90 AND customer_id IS NOT NULL
    GROUP BY customer_id HAVING bool_or("on" >= DATE %(day)s - 14) OR count(*) >= 4
), booked AS (
    SELECT vehicle_id, customer_id FROM appointments
    WHERE status IN ('booked', 'confirmed') AND starts_on >= %(day)s AND (booked_on IS NULL OR booked_on <= %(day)s)
), busy_cars AS (
    SELECT vehicle_id FROM booked WHERE vehicle_id IS NOT NULL
    UNION
    SELECT vehicle_id FROM orders
    WHERE opened_on BETWEEN DATE %(day)s - 30 AND DATE %(day)s AND vehicle_id IS NOT NULL
      AND (status = 'open' OR status = 'closed' AND closed_on > %(day)s)
), busy_people AS (
    SELECT DISTINCT customer_id FROM booked WHERE vehicle_id IS NULL AND customer_id IS NOT NULL
), judged AS (
    SELECT k.*, p.branch_id, p.vehicle_ref, c.ref AS customer_ref, y.bucket, coalesce(y.held_out, false) AS drawn,
           CASE WHEN coalesce(c.blocked, c.blocked_on IS NOT NULL) AND (c.blocked_on IS NULL OR c.blocked_on <= %(day)s)
                THEN 'blocked'
                WHEN p.ended THEN 'not_owner'
                WHEN k.advertising AND NOT coalesce(m.given, n.customer_id IS NOT NULL) THEN 'no_consent'
                WHEN a.customer_id IS NULL THEN 'no_contact'
                WHEN s.customer_id IS NOT NULL THEN 'do_not_disturb'
                WHEN b.vehicle_id IS NOT NULL OR h.customer_id IS NOT NULL THEN 'open_appointment'
                WHEN NOT k.is_recall AND p.last_visit_on >= DATE %(day)s - 30 THEN 'visited_recently'
                WHEN EXISTS (SELECT FROM invitations i
                             WHERE i.vehicle_id = k.vehicle_id AND i.programme = k.programme AND i.anchor = k.anchor
                               AND i.created_for < %(day)s
                               AND (i.customer_id = k.customer_id OR i.ended_on IS NULL OR i.ended_on > %(day)s))
                THEN 'already_invited'
                WHEN NOT k.is_recall AND t.customer_id IS NOT NULL THEN 'contacted_recently'
           END AS reason
    FROM candidates k
    JOIN pairs p USING (vehicle_id)
    JOIN customers c ON c.customer_id = k.customer_id
    LEFT JOIN consented n ON n.customer_id = k.customer_id
    LEFT JOIN branches w ON w.branch_id = p.branch_id
    LEFT JOIN told_companies m ON m.customer_id = k.customer_id AND m.company_id = w.company_id
    LEFT JOIN reachable a ON a.customer_id = k.customer_id
    LEFT JOIN stopped s ON s.customer_id = k.customer_id
    LEFT JOIN tired t ON t.customer_id = k.customer_id
    LEFT JOIN busy_cars b ON b.vehicle_id = k.vehicle_id
    LEFT JOIN busy_people h ON h.customer_id = k.customer_id
    LEFT JOIN cycles y ON y.vehicle_id = k.vehicle_id AND y.programme = k.programme AND y.anchor = k.anchor
                      AND y.customer_id = k.customer_id AND y.started_on <= %(day)s
), ranked AS (
    SELECT *, row_number() OVER (PARTITION BY vehicle_id, reason IS NULL
                                 ORDER BY rank, place, due_on, anchor, customer_id) AS turn
    FROM judged
), taken AS (
    -- The first eight bytes modulo 10 000, by halves: bigint has a sign. 2^32 leaves 7296.
    SELECT *, coalesce(bucket, (('x' || substr(digest, 1, 8))::bit(32)::bigint * 7296
                                + ('x' || substr(digest, 9, 8))::bit(32)::bigint) %% 10000) AS draw
    FROM (SELECT *, encode(sha256(convert_to(programme || '|' || customer_ref || '|' || anchor, 'UTF8')), 'hex') AS digest
          FROM ranked WHERE reason IS NULL AND turn = 1) hashed
), visit_days AS (
    SELECT branch_id, customer_id, "on", sum(margin)::bigint AS margin FROM visits
    WHERE "on" > DATE %(day)s - 1095 AND "on" <= %(day)s AND customer_id IS NOT NULL GROUP BY 1, 2, 3
), of_branches AS (
    SELECT branch_id, sum(margin)::bigint AS margin, count(*) AS days FROM visit_days
    WHERE "on" > DATE %(day)s - 365 AND branch_id IS NOT NULL GROUP BY branch_id HAVING count(*) >= 100
), of_group AS (
    SELECT coalesce(sum(margin), 0)::bigint AS margin, count(DISTINCT (customer_id, "on")) AS days FROM visit_days
    WHERE "on" > DATE %(day)s - 365
), of_customers AS (
    SELECT customer_id, sum(margin)::bigint AS margin, count(DISTINCT "on") AS days FROM visit_days
    WHERE customer_id IN (SELECT customer_id FROM taken) GROUP BY customer_id
), came AS (
    SELECT DISTINCT ON (customer_id) customer_id, branch_id FROM visits
    WHERE customer_id IN (SELECT customer_id FROM taken) AND "on" <= %(day)s
    ORDER BY customer_id, "on" DESC, closed_second DESC, ref DESC
), worth AS (
    SELECT t.*, t.draw < t.control_share AND NOT t.is_recall AND t.bucket IS NULL OR t.drawn AS held_out,
           coalesce(o.margin, 0) * greatest(coalesce(b.days, g.days), 1) + 3 * coalesce(b.margin, g.margin) AS numerator,
           greatest(coalesce(b.days, g.days), 1) * (coalesce(o.days, 0) + 3) AS denominator
    FROM taken t
    CROSS JOIN of_group g
    LEFT JOIN of_customers o ON o.customer_id = t.customer_id
    LEFT JOIN came c ON c.customer_id = t.customer_id
    LEFT JOIN of_branches b ON b.branch_id = coalesce(c.branch_id, t.branch_id)
), valued AS (
    SELECT *, sign(numerator)::bigint * ((2 * abs(numerator) + denominator) / (2 * denominator)) AS value,
           date_trunc('week', greatest(due_on, DATE %(day)s + 1))::date AS week
    FROM worth
), hours AS (
    SELECT b.branch_id, w.week, 100 * 90 * b.bays * sum(coalesce(o.minutes,
               CASE WHEN b.close_minute > b.open_minute THEN b.close_minute ELSE 1440 END - b.open_minute)) AS units
    FROM branches b
    CROSS JOIN (SELECT DISTINCT week FROM valued) w
    CROSS JOIN generate_series(0, 6) d
    LEFT JOIN branch_days o ON o.branch_id = b.branch_id AND o."on" = w.week + d
    WHERE b.bays > 0 AND b.open_minute IS NOT NULL AND b.close_minute IS NOT NULL
    GROUP BY b.branch_id, w.week, b.bays
), used AS (
    SELECT branch_id, week, sum(units) AS units FROM (
        SELECT branch_id, date_trunc('week', starts_on)::date AS week, coalesce(labour_hundredths, 100)::bigint * 6000 AS units
        FROM appointments
        WHERE branch_id IS NOT NULL AND status IN ('booked', 'confirmed', 'arrived')
          AND (booked_on IS NULL OR booked_on <= %(day)s) AND starts_on >= date_trunc('week', DATE %(day)s)
        UNION ALL
        SELECT i.branch_id, date_trunc('week', greatest(i.due_on, DATE %(day)s + 1))::date,
               coalesce(p.labour_hundredths, 100)::bigint * 2100
        FROM invitations i LEFT JOIN fitting_plans p USING (vehicle_id)
        WHERE i.branch_id IS NOT NULL AND i.created_for < %(day)s AND (i.ended_on IS NULL OR i.ended_on > %(day)s)
          AND NOT EXISTS (SELECT FROM appointments a
                          WHERE a.appointment_id = i.appointment_id AND (a.booked_on IS NULL OR a.booked_on <= %(day)s))
    ) booked_or_expected GROUP BY branch_id, week
), queue AS (
    SELECT v.*, h.units - coalesce(u.units, 0) AS room,
           coalesce(sum(CASE WHEN v.drawn OR v.held_out AND NOT v.is_recall THEN 0
                             ELSE coalesce(p.labour_hundredths, 100)::bigint * 2100 END) OVER queue_order, 0) AS before
    FROM valued v
    LEFT JOIN hours h ON h.branch_id = v.branch_id AND h.week = v.week
    LEFT JOIN used u ON u.branch_id = v.branch_id AND u.week = v.week
    LEFT JOIN fitting_plans p ON p.vehicle_id = v.vehicle_id
    WINDOW queue_order AS (PARTITION BY v.branch_id, v.week
                           ORDER BY v.is_recall DESC,
                                    v.value * CASE WHEN v.due_on <= DATE %(day)s + 7 THEN 2 ELSE 1 END DESC,
                                    v.due_on, v.customer_ref, v.vehicle_ref, v.place
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
)
SELECT programme, vehicle_id, customer_id, anchor, due_on,
       CASE WHEN NOT is_recall AND NOT drawn AND room <= before THEN 'over_capacity'
            WHEN held_out THEN 'held_out' ELSE '' END AS reason
FROM queue
UNION ALL
SELECT programme, vehicle_id, customer_id, anchor, due_on, coalesce(reason, 'outranked')
FROM ranked WHERE reason IS NOT NULL OR turn > 1
