"""What the row-by-row baseline of the night asks of one car or one customer (`night_rows.py`)."""

CAR = """SELECT ref, vin, make_key, model_key, engine_key, year, sold_on, sold_by_us, branch_id, warranty_until,
    warranty_km, coalesce(scrapped, false) OR coalesce(scrapped_on <= %(day)s, false)
    FROM vehicles WHERE vehicle_id = %(car)s"""
OWNERS = """SELECT customer_id, owned_from FROM ownerships WHERE vehicle_id = %(car)s
    AND (owned_from IS NULL OR owned_from <= %(day)s) AND (owned_until IS NULL OR owned_until > %(day)s)"""
VISITS = """SELECT "on", kind, opened_on, mileage_km, ref, branch_id FROM vehicle_visits
    WHERE vehicle_id = %(car)s AND "on" <= %(day)s ORDER BY "on" DESC, closed_second DESC, ref DESC"""
DEALS = """SELECT kind, status, customer_id, opened_on, closed_on FROM deals WHERE vehicle_id = %(car)s
    ORDER BY closed_on DESC, ref DESC"""
SOLD = """SELECT "on" FROM vehicle_events WHERE vehicle_id = %(car)s AND kind = 'car_sold' AND "on" <= %(day)s
    UNION ALL SELECT "on" FROM interactions WHERE vehicle_id = %(car)s AND outcome = 'car_sold' AND "on" <= %(day)s"""
READINGS = """SELECT "on", km, in_last_chain, day, previous_day, previous_km FROM readings
    WHERE vehicle_id = %(car)s AND accepted AND "on" <= %(day)s ORDER BY "on", km"""
PLAN = """SELECT interval_months, interval_km, first_months, first_km FROM plans
    WHERE make_key = %(make)s AND model_key = %(model)s AND engine_key IN ('', %(engine)s)
      AND (%(year)s::int IS NOT NULL OR year_from IS NULL AND year_to IS NULL)
      AND (year_from IS NULL OR year_from <= %(year)s) AND (year_to IS NULL OR year_to >= %(year)s)
    ORDER BY (engine_key <> '') DESC, coalesce(year_from, 0) DESC, coalesce(year_to, 9999), interval_months,
             interval_km, plan_id LIMIT 1"""
RECALLS = """SELECT code, starts_on, closes_on, coalesce(done_on <= %(day)s, false) FROM recalls
    WHERE vin = %(vin)s AND vin <> ''"""
DECLINED = """SELECT order_id, l."on", o.closed_second, o.ref, l.code, l.name_key, coalesce(l.advised_on, l."on" + 30)
    FROM lines l JOIN orders o USING (order_id) WHERE l.vehicle_id = %(car)s AND l.declined AND l."on" <= %(day)s"""
DONE = """SELECT order_id, "on", code, name_key, category_key FROM lines
    WHERE vehicle_id = %(car)s AND "on" BETWEEN %(since)s AND %(day)s AND NOT declined"""
CUSTOMER = """SELECT ref, coalesce(blocked, blocked_on IS NOT NULL) AND (blocked_on IS NULL OR blocked_on <= %(day)s),
    coalesce((SELECT given FROM consents n JOIN branches b ON b.branch_id = %(branch)s AND b.company_id = n.company_id
              WHERE n.customer_id = c.customer_id AND channel = 'call' AND ("on" IS NULL OR "on" <= %(day)s)
              ORDER BY "on" DESC NULLS LAST, given LIMIT 1),
             (SELECT given FROM consents n WHERE n.customer_id = c.customer_id AND company_id IS NULL
              AND channel = 'call' AND ("on" IS NULL OR "on" <= %(day)s)
              ORDER BY "on" DESC NULLS LAST, given LIMIT 1), false),
    EXISTS (SELECT FROM addresses a WHERE a.customer_id = c.customer_id AND kind = 'phone'
            AND (invalid_on IS NULL OR invalid_on > %(day)s)),
    EXISTS (SELECT FROM stops s WHERE s.customer_id = c.customer_id AND channel = 'call' AND since <= %(day)s)
    FROM customers c WHERE customer_id = %(person)s"""
WORDS = """SELECT "on", outcome = 'do_not_call' AND channel = 'call',
    direction = 'out' AND channel IN ('call', 'sms', 'email', 'messenger')
    AND "on" < %(day)s AND "on" >= DATE %(day)s - 90
    FROM interactions WHERE customer_id = %(person)s AND "on" <= %(day)s"""
BUSY = """SELECT EXISTS (SELECT FROM appointments WHERE vehicle_id = %(car)s AND status IN ('booked', 'confirmed')
               AND starts_on >= %(day)s AND (booked_on IS NULL OR booked_on <= %(day)s))
    OR EXISTS (SELECT FROM appointments WHERE customer_id = %(person)s AND vehicle_id IS NULL
               AND status IN ('booked', 'confirmed') AND starts_on >= %(day)s
               AND (booked_on IS NULL OR booked_on <= %(day)s))
    OR EXISTS (SELECT FROM orders WHERE vehicle_id = %(car)s AND opened_on BETWEEN DATE %(day)s - 30 AND DATE %(day)s
               AND (status = 'open' OR status = 'closed' AND closed_on > %(day)s))"""
INVITED = """SELECT programme, anchor, customer_id, ended_on IS NULL OR ended_on > %(day)s FROM invitations
    WHERE vehicle_id = %(car)s AND created_for < %(day)s"""
DRAWN = """SELECT programme, anchor, customer_id, bucket, coalesce(held_out, false) FROM cycles
    WHERE vehicle_id = %(car)s AND started_on <= %(day)s"""
CAME = """SELECT "on", branch_id FROM visits WHERE customer_id = %(person)s AND "on" <= %(day)s
    ORDER BY "on" DESC, closed_second DESC, ref DESC LIMIT 1"""
MARGINS = """SELECT "on", margin FROM visits
    WHERE customer_id = %(person)s AND "on" > DATE %(day)s - 1095 AND "on" <= %(day)s"""
MODELS = """WITH raw AS (
        SELECT make_key, model_key, (2 * km * 1000 + days) / (2 * days) AS raw
        FROM (SELECT vehicle_id, sum(day - previous_day) AS days, sum(km - previous_km)::bigint AS km FROM readings
              WHERE accepted AND "on" <= %(day)s AND previous_day >= DATE %(day)s - DATE '1970-01-01' - 730
              GROUP BY vehicle_id) s JOIN vehicles USING (vehicle_id) WHERE days > 0)
    SELECT make_key, model_key, floor(percentile_cont(0.5) WITHIN GROUP (ORDER BY raw) + 0.5)::bigint FROM raw
    GROUP BY GROUPING SETS ((make_key, model_key), ()) HAVING count(*) >= 30 OR grouping(make_key) = 1"""
MEANS = """WITH days AS (
        SELECT branch_id, customer_id, "on", sum(margin)::bigint AS margin FROM visits
        WHERE "on" > DATE %(day)s - 365 AND "on" <= %(day)s AND customer_id IS NOT NULL GROUP BY 1, 2, 3)
    SELECT branch_id, sum(margin)::bigint, count(*) FROM days WHERE branch_id IS NOT NULL
    GROUP BY branch_id HAVING count(*) >= 100
    UNION ALL
    SELECT NULL, coalesce(sum(margin), 0)::bigint, count(DISTINCT (customer_id, "on")) FROM days"""
