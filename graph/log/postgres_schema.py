"""The tables of the log in PostgreSQL, as SQL.

Invariant: the database itself keeps the log append-only, its positions dense and its record times growing; a role that
may only INSERT and SELECT is enough to write. Names are compared byte by byte (COLLATE "C"), so that no new version of
a system's collations can damage an index.
"""

from graph.log.contract import APPLICATION_ID, LOG_SCHEMA

_TABLES = """
CREATE SCHEMA waqai;

CREATE TABLE waqai.log(
  position bigint PRIMARY KEY,
  stream text COLLATE "C" NOT NULL,
  version bigint NOT NULL,
  type text COLLATE "C" NOT NULL,
  key text COLLATE "C",
  recorded bigint NOT NULL,
  body bytea NOT NULL,
  UNIQUE (stream, version)
);
CREATE INDEX log_key ON waqai.log(key, position) WHERE key IS NOT NULL;
CREATE INDEX log_recorded ON waqai.log(recorded);

-- One row: the lock that every writer takes, and the last position with its record time.
CREATE TABLE waqai.head(
  only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
  application bigint NOT NULL,
  schema integer NOT NULL,
  position bigint NOT NULL,
  recorded bigint NOT NULL
);
INSERT INTO waqai.head(application, schema, position, recorded) VALUES (%(application)d, %(schema)d, 0, -1);

CREATE FUNCTION waqai.refuse() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  RAISE EXCEPTION 'the log is append-only' USING ERRCODE = 'restrict_violation';
END $$;
CREATE TRIGGER log_append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON waqai.log
  FOR EACH STATEMENT EXECUTE FUNCTION waqai.refuse();

-- Takes the write lock and says what an append must know; each statement sees what was committed before it.
CREATE FUNCTION waqai.lock(
  a_stream text, a_key text,
  OUT head_position bigint, OUT head_recorded bigint, OUT stream_version bigint,
  OUT key_first bigint, OUT key_last bigint
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
  SELECT position, recorded INTO STRICT head_position, head_recorded FROM waqai.head FOR UPDATE;
  SELECT coalesce(max(version), 0) INTO stream_version FROM waqai.log WHERE stream = a_stream;
  IF a_key IS NOT NULL THEN
    SELECT min(position), max(position) INTO key_first, key_last FROM waqai.log WHERE key = a_key;
  END IF;
END $$;

CREATE FUNCTION waqai.advance() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
  head waqai.head;
  fresh_rows bigint;
  fresh_first bigint;
  fresh_last bigint;
  fresh_recorded bigint;
BEGIN
  SELECT * INTO STRICT head FROM waqai.head FOR UPDATE;
  SELECT count(*), min(position), max(position), max(recorded)
    INTO fresh_rows, fresh_first, fresh_last, fresh_recorded FROM fresh;
  IF fresh_rows = 0 THEN
    RETURN NULL;
  END IF;
  IF fresh_first <> head.position + 1 OR fresh_last <> head.position + fresh_rows THEN
    RAISE EXCEPTION 'positions are dense' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (
    SELECT FROM (
      SELECT recorded, lag(recorded, 1, head.recorded) OVER (ORDER BY position) AS earlier FROM fresh
    ) AS times WHERE recorded <= earlier
  ) THEN
    RAISE EXCEPTION 'record time grows' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  IF EXISTS (
    SELECT FROM (SELECT DISTINCT key FROM fresh WHERE key IS NOT NULL) AS named JOIN waqai.log AS l ON l.key = named.key
    WHERE l.position < fresh_first
      AND l.key IS DISTINCT FROM (SELECT p.key FROM waqai.log AS p WHERE p.position = fresh_first - 1)
  ) THEN
    RAISE EXCEPTION 'a key names one batch' USING ERRCODE = 'integrity_constraint_violation';
  END IF;
  UPDATE waqai.head SET position = fresh_last, recorded = fresh_recorded;
  RETURN NULL;
END $$;
CREATE TRIGGER log_advance AFTER INSERT ON waqai.log
  REFERENCING NEW TABLE AS fresh FOR EACH STATEMENT EXECUTE FUNCTION waqai.advance();

REVOKE ALL ON FUNCTION waqai.lock(text, text), waqai.advance(), waqai.refuse() FROM PUBLIC;
"""
TABLES = _TABLES % {"application": APPLICATION_ID, "schema": LOG_SCHEMA}


def rights(writer: str, reader: str | None = None) -> str:
    """Return the SQL that lets the roles `writer` and `reader` use the log; neither may change or remove a record.

    >>> print(rights("ingest").splitlines()[1])
    GRANT SELECT, INSERT ON waqai.log TO "ingest";
    """
    lines = []
    for role, on_log in ((writer, "SELECT, INSERT"), (reader, "SELECT")):
        if role is None:
            continue
        name = '"' + role.replace('"', '""') + '"'
        lines.append(f"GRANT USAGE ON SCHEMA waqai TO {name};")
        lines.append(f"GRANT {on_log} ON waqai.log TO {name};")
        lines.append(f"GRANT SELECT ON waqai.head TO {name};")
        if role is writer:
            lines.append(f"GRANT EXECUTE ON FUNCTION waqai.lock(text, text) TO {name};")
    return "\n".join(lines) + "\n"
