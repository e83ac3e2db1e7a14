"""Accounts of what becomes of each claim, kept by PostgreSQL itself, and the questions asked of them at the end.

Triggers write down who claimed what, until when, and how that ended, in the transaction in which it happened: so the
accounts cannot be wrong about a worker that was killed, and need nothing of the program that is tried. A claim ends

- `recorded`: in the same transaction a check was written, or a message became `sent`;
- `given back`: without that;
- `taken over`: by another claim, after its lease ran out.

The test notes beside them whom it killed, paused or took PostgreSQL from, and when.
"""

from __future__ import annotations

from collections.abc import Sequence

SET_UP = """
CREATE SCHEMA chaos;
CREATE TABLE chaos.disturbances (
    began timestamptz NOT NULL, ended timestamptz NOT NULL, what text NOT NULL, pid integer
);
CREATE TABLE chaos.scheduled (source_id text, due timestamptz, PRIMARY KEY (source_id, due));
CREATE TABLE chaos.claims (
    n bigserial PRIMARY KEY, kind text NOT NULL, id text NOT NULL, owner text NOT NULL, due timestamptz,
    clock_ahead interval NOT NULL, began timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended timestamptz, how text, taker bigint, transaction xid8, check_id bigint
);
CREATE UNIQUE INDEX ON chaos.claims (kind, id, owner);
CREATE INDEX ON chaos.claims (transaction);
CREATE TABLE chaos.strays (check_id bigint);

CREATE FUNCTION chaos.keep_account() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    next bigint;
    done boolean := NEW.lease_owner IS NULL AND TG_ARGV[0] = 'delivery' AND to_jsonb(NEW)->>'state' = 'sent';
BEGIN
    IF NEW.lease_owner IS NOT DISTINCT FROM OLD.lease_owner THEN
        RETURN NULL;
    END IF;
    IF NEW.lease_owner IS NOT NULL THEN
        INSERT INTO chaos.claims (kind, id, owner, due, clock_ahead) VALUES (
            TG_ARGV[0], NEW.id, NEW.lease_owner, (to_jsonb(NEW)->>'next_check_at')::timestamptz,
            NEW.lease_until - TG_ARGV[1]::interval - clock_timestamp()
        ) RETURNING n INTO next;
    END IF;
    UPDATE chaos.claims SET ended = clock_timestamp(), transaction = pg_current_xact_id(), taker = next,
        how = CASE WHEN next IS NOT NULL THEN 'taken over' WHEN done THEN 'recorded' ELSE 'given back' END
        WHERE kind = TG_ARGV[0] AND id = NEW.id AND owner = OLD.lease_owner;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_account AFTER UPDATE OF lease_owner ON sources
    FOR EACH ROW EXECUTE FUNCTION chaos.keep_account('check', '5 minutes');
CREATE TRIGGER keep_account AFTER UPDATE OF lease_owner ON deliveries
    FOR EACH ROW EXECUTE FUNCTION chaos.keep_account('delivery', '2 minutes');

CREATE FUNCTION chaos.keep_check() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE chaos.claims SET how = 'recorded', check_id = NEW.id
        WHERE kind = 'check' AND id = NEW.source_id AND transaction = pg_current_xact_id() AND check_id IS NULL;
    IF NOT FOUND THEN
        INSERT INTO chaos.strays VALUES (NEW.id);
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_check AFTER INSERT ON checks FOR EACH ROW EXECUTE FUNCTION chaos.keep_check();
"""

SCHEDULE = """
WITH chosen AS (
    SELECT id FROM sources WHERE lease_owner IS NULL AND next_check_at > clock_timestamp() FOR UPDATE SKIP LOCKED
), moved AS (
    UPDATE sources SET next_check_at = clock_timestamp() FROM chosen WHERE sources.id = chosen.id
    RETURNING sources.id, next_check_at
)
INSERT INTO chaos.scheduled SELECT id, next_check_at FROM moved
"""
"""Make a check of each source due now; one that is due or being made already is left to itself."""


def end_leases(table: str, living: Sequence[int], *, after: float) -> str:
    """The statement that lets time pass for leases: those of processes that are dead or asleep run out, and so do those
    that are older than `after` seconds, as all would in minutes."""
    kind = {"sources": "check", "deliveries": "delivery"}[table]
    pids = ", ".join(map(str, living)) or "0"
    return f"""
UPDATE {table} SET lease_until = clock_timestamp() - interval '1 hour' WHERE id IN (
    SELECT leased.id FROM {table} leased
    JOIN chaos.claims claim ON claim.kind = '{kind}' AND claim.id = leased.id AND claim.owner = leased.lease_owner
    WHERE leased.lease_until > clock_timestamp() - interval '30 minutes' AND (
        {PID} NOT IN ({pids}) OR claim.began < clock_timestamp() - interval '{after} seconds'
    ) FOR UPDATE OF leased SKIP LOCKED
)"""


PID = r"substring(owner from '-(\d+)-[0-9a-f]{8}-[0-9a-f]{8}$')::integer"
"""The process that a claim's owner names."""

END_IDLE_TRANSACTIONS = """
SELECT pg_terminate_backend(pid) FROM pg_stat_activity
WHERE state = 'idle in transaction' AND state_change < clock_timestamp() - interval '0.9 seconds'"""
"""End what PostgreSQL would end half a minute later (`snapshots.db.LONGEST_PAUSE`): transactions that do not go on."""

HURRY = """
UPDATE deliveries SET next_attempt_at = clock_timestamp() - interval '1 hour' WHERE id IN (
    SELECT id FROM deliveries WHERE state = 'pending' AND lease_owner IS NULL
    AND next_attempt_at > clock_timestamp() - interval '30 minutes' FOR UPDATE SKIP LOCKED
)"""
"""Make every message due."""

NOTHING = {
    "a check that was scheduled and not made, or made twice": """
        SELECT s.source_id, s.due, count(c.id) FROM chaos.scheduled s
        LEFT JOIN checks c ON c.source_id = s.source_id AND c.scheduled_for = s.due
        GROUP BY s.source_id, s.due HAVING count(c.id) <> 1""",
    "a check of a claim that was not the source's, or of no claim": "SELECT check_id FROM chaos.strays",
    "a claim of a check that was not recorded, and no later one was": """
        SELECT a.id, a.owner, a.how FROM chaos.claims a WHERE a.kind = 'check' AND a.how IS DISTINCT FROM 'recorded'
        AND NOT EXISTS (SELECT 1 FROM chaos.claims b
            WHERE b.kind = 'check' AND b.id = a.id AND b.n > a.n AND b.due = a.due AND b.how = 'recorded')""",
    "an instant of a source that two claims recorded": """
        SELECT id, due, count(*) FROM chaos.claims WHERE kind = 'check' AND how = 'recorded'
        GROUP BY id, due HAVING count(*) > 1""",
    "a version that is not the one after the version before": """
        SELECT source_id, before, after FROM (
            SELECT source_id, before, after, lag(after, 1, 'Acme-1') OVER (PARTITION BY source_id ORDER BY id) AS known
            FROM changes WHERE kind = 'alias-retargeted') c WHERE before IS DISTINCT FROM known""",
    "a change that was found twice": """
        SELECT source_id, kind, subject, after FROM changes WHERE kind = 'alias-retargeted'
        GROUP BY source_id, kind, subject, after HAVING count(*) > 1""",
    "a kept version without its change": """
        SELECT s.source_id, s.sequence FROM snapshots s WHERE s.sequence > 1 AND NOT EXISTS (
            SELECT 1 FROM changes c WHERE c.to_snapshot_id = s.id AND c.kind = 'alias-retargeted')""",
    "a version number that is missing": """
        SELECT source_id FROM snapshots GROUP BY source_id HAVING count(*) <> max(sequence) OR min(sequence) <> 1""",
    "a change to be told that no message tells": """
        SELECT id FROM changes c WHERE level <> 'none'
        AND NOT EXISTS (SELECT 1 FROM delivery_changes d WHERE d.change_id = c.id)""",
    "a change that two messages tell": """
        SELECT change_id FROM delivery_changes WHERE role = 'told' GROUP BY change_id HAVING count(*) > 1""",
    "an event that nobody looked at": "SELECT id, topic FROM outbox_events WHERE processed_at IS NULL",
    "a message that was not sent": "SELECT id, state, last_error FROM deliveries WHERE state <> 'sent'",
    "a lease that is held": """
        SELECT id FROM sources WHERE lease_owner IS NOT NULL
        UNION ALL SELECT id FROM deliveries WHERE lease_owner IS NOT NULL""",
    "a claim of a message that was taken over though nothing had happened to its owner": f"""
        SELECT a.id, a.owner, a.began, a.ended FROM chaos.claims a JOIN chaos.claims b ON b.n = a.taker
        WHERE a.kind = 'delivery' AND a.how = 'taken over'
        AND b.began + b.clock_ahead < a.began + a.clock_ahead + interval '119 seconds'
        AND NOT EXISTS (SELECT 1 FROM chaos.disturbances d WHERE d.began < a.ended AND d.ended > a.began
            AND (d.pid IS NULL OR d.pid = {PID.replace("owner", "a.owner")}))""",
}
"""What there must be nothing of, with the question that finds it."""

SENT = """
SELECT id, count(*) FILTER (WHERE how = 'recorded'), count(*) FILTER (WHERE how = 'taken over')
FROM chaos.claims WHERE kind = 'delivery' GROUP BY id"""
"""Each message with the claims that sent it, and those that may have sent it and were not able to say so."""

FIGURES = """
SELECT 'checks', count(*) FROM checks
UNION ALL SELECT 'scheduled', count(*) FROM chaos.scheduled
UNION ALL SELECT 'claims', count(*) FROM chaos.claims WHERE kind = 'check'
UNION ALL SELECT 'retried', count(*) FROM chaos.claims WHERE kind = 'check' AND how <> 'recorded'
UNION ALL SELECT 'changes', count(*) FROM changes WHERE level <> 'none'
UNION ALL SELECT 'messages', count(*) FROM deliveries
UNION ALL SELECT 'messages taken over', count(*) FROM chaos.claims WHERE kind = 'delivery' AND how = 'taken over'
UNION ALL SELECT 'claimed with a clock that was wrong', count(*) FROM chaos.claims
    WHERE abs(extract(epoch FROM clock_ahead)) > 30"""
