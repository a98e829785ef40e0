-- Three roles of IC卡自主管理 (docs/postgresql.md). For psql, as a superuser, in the
-- database itself:
--
--     server database roles | psql -v ON_ERROR_STOP=1 DATABASE
--
-- Run it before the tables are made (the roles and what is theirs), and again after each
-- `server database migrate` that did something (what they may do to the tables). It may be
-- run at any time. Passwords are not its business: \password @service@
--
-- @archiving@

BEGIN;

DO $roles$
DECLARE
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['@migrator@', '@service@', '@verifier@'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', wanted);
        END IF;
        -- A role that was there may be more than it should be: that is for a person.
        IF EXISTS (SELECT FROM pg_roles WHERE rolname = wanted AND (rolsuper OR rolcreaterole
                OR rolcreatedb OR rolreplication OR rolbypassrls)) THEN
            RAISE EXCEPTION 'role % may do more than a role of the service should', wanted;
        END IF;
        IF EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.member
                WHERE r.rolname = wanted) THEN
            RAISE EXCEPTION 'role % is a member of another role', wanted;
        END IF;
    END LOOP;
END $roles$;

-- The database and its schema are the migrator's. Nobody else makes anything in it, no
-- temporary table either: the guard of the events looks for a table by its name.
DO $database$
BEGIN
    EXECUTE format('ALTER DATABASE %I OWNER TO "@migrator@"', current_database());
    EXECUTE format('REVOKE ALL ON DATABASE %I FROM PUBLIC, "@service@", "@verifier@"',
        current_database());
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO "@service@", "@verifier@"',
        current_database());
END $database$;

REVOKE ALL ON SCHEMA public FROM PUBLIC, "@service@", "@verifier@";
GRANT USAGE, CREATE ON SCHEMA public TO "@migrator@";
GRANT USAGE ON SCHEMA public TO "@service@", "@verifier@";

-- What was another's, from before there were roles.
DO $owner$
DECLARE
    thing text;
BEGIN
    FOR thing IN SELECT c.oid::regclass::text FROM pg_class c
            WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' LOOP
        EXECUTE format('ALTER TABLE %s OWNER TO "@migrator@"', thing);
    END LOOP;
    FOR thing IN SELECT p.oid::regprocedure::text FROM pg_proc p
            WHERE p.pronamespace = 'public'::regnamespace AND p.prorettype = 'trigger'::regtype LOOP
        EXECUTE format('ALTER FUNCTION %s OWNER TO "@migrator@"', thing);
    END LOOP;
    IF EXISTS (SELECT FROM pg_class c JOIN pg_roles r ON r.oid = c.relowner
            WHERE r.rolname IN ('@service@', '@verifier@'))
        OR EXISTS (SELECT FROM pg_namespace n JOIN pg_roles r ON r.oid = n.nspowner
            WHERE r.rolname IN ('@service@', '@verifier@')) THEN
        RAISE EXCEPTION 'the service or the verifier owns something in this database';
    END IF;
END $owner$;

REVOKE ALL ON ALL TABLES IN SCHEMA public FROM PUBLIC, "@service@", "@verifier@";
REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM PUBLIC, "@service@", "@verifier@";

DO $rights$
DECLARE
    version bigint := 0;
    granted record;
BEGIN
    IF to_regclass('public._sqlx_migrations') IS NOT NULL THEN
        SELECT coalesce(max(m.version), 0) INTO version FROM public._sqlx_migrations m;
    END IF;
    IF version <> @version@ THEN
        RAISE WARNING 'the tables are of version %, not @version@: run "server database migrate" as '
            '@migrator@, and this once more', version;
        RETURN;
    END IF;
    FOR granted IN SELECT * FROM (VALUES
            @rights@
        ) AS wanted (name, rights, role) LOOP
        EXECUTE format('GRANT %s ON public.%I TO %I', granted.rights, granted.name, granted.role);
    END LOOP;
END $rights$;

COMMIT;
