-- The instances that live on this ledger, and when each was heard last, by this server's clock.
CREATE TABLE ledger_instances (
    instance text NOT NULL PRIMARY KEY,
    address text NOT NULL,
    role text NOT NULL,
    started_at timestamptz NOT NULL,
    heard_at timestamptz NOT NULL
);

-- What they know each other by. The first one makes it; whoever can read it can write the ledger anyway.
CREATE TABLE instance_secret (
    id integer NOT NULL PRIMARY KEY CHECK (id = 1),
    secret bytea NOT NULL,
    created_at timestamptz NOT NULL
);
