"""The capture database: its tables, as numbered migrations, and the numbers that name rows in it.

What a list shows stands in `captures`, one short row a delivery, with the outcome of the attempt that counts
(`outcome_attempt`, see `model.capture.counts`) beside it; what only one opened capture needs (headers, bodies, what was
sent) stands elsewhere. Only `captures.number` and what hangs on it ever grows.
"""

from __future__ import annotations

# What the file says that it is for.
APPLICATION = "captures"

# A body is held in pieces, so that a large one is never one row. The key of a piece is capture, part and piece number
# in one integer: pieces of one body lie side by side, and new ones at the end of the table. Part 0 is the delivery's
# body, 2n what attempt n sent (where it differs), 2n + 1 its answer's body.
PIECE_BYTES = 256 * 1024
PIECE_BITS = 12
PART_BITS = 16
MAX_PIECES = 1 << PIECE_BITS
MAX_ATTEMPTS = (1 << PART_BITS - 1) - 1

# How much of a text body the search looks into.
SEARCHED_BYTES = 16 * 1024

CREATE = """
CREATE TABLE captures (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    endpoint TEXT NOT NULL,
    epoch TEXT NOT NULL,
    seq INTEGER,                          -- NULL: did not come from a relay's log
    prev INTEGER,
    origin TEXT NOT NULL,
    owed INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    received_at REAL NOT NULL,
    method TEXT NOT NULL,
    target TEXT NOT NULL,
    provider TEXT NOT NULL,
    event_id TEXT NOT NULL,
    event_type TEXT NOT NULL,
    event_at REAL,
    object_id TEXT NOT NULL,
    attempt_number INTEGER,               -- as the sender counts
    handshake TEXT NOT NULL,
    body_bytes INTEGER NOT NULL,
    body_sha256 BLOB NOT NULL,
    kept_bytes INTEGER NOT NULL,          -- of everything kept for it, for retention
    attempts INTEGER NOT NULL DEFAULT 0,
    attempt_origin TEXT NOT NULL DEFAULT '',
    handler_url TEXT NOT NULL DEFAULT '',
    status INTEGER,
    failure TEXT NOT NULL DEFAULT '',
    elapsed_ms REAL,
    answered_by TEXT NOT NULL DEFAULT '',
    verdict TEXT NOT NULL DEFAULT '',
    cause TEXT NOT NULL DEFAULT '',
    severity TEXT NOT NULL DEFAULT '',
    title TEXT NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX captures_seq ON captures (endpoint, epoch, seq) WHERE seq IS NOT NULL;
CREATE INDEX captures_event ON captures (event_id) WHERE event_id <> '';
CREATE INDEX captures_object ON captures (object_id) WHERE object_id <> '';
CREATE INDEX captures_owed ON captures (number) WHERE owed;
CREATE TABLE heads (
    number INTEGER PRIMARY KEY,
    scheme TEXT NOT NULL,
    http_version TEXT NOT NULL,
    remote TEXT NOT NULL,
    url TEXT NOT NULL,
    headers TEXT NOT NULL                 -- JSON: [[name, value], …]
);
CREATE TABLE bodies (
    key INTEGER PRIMARY KEY,
    data BLOB NOT NULL
);
CREATE TABLE attempts (
    capture INTEGER NOT NULL,
    number INTEGER NOT NULL,
    origin TEXT NOT NULL,
    handler_url TEXT NOT NULL,
    started_at REAL NOT NULL,
    elapsed_ms REAL NOT NULL DEFAULT 0,
    status INTEGER,
    reason TEXT,
    headers TEXT,
    failure TEXT,
    detail TEXT,
    answered_by TEXT NOT NULL DEFAULT '',
    sent_method TEXT,                     -- these three are NULL where equal to the delivery's
    sent_target TEXT,
    sent_headers TEXT,
    sent_body INTEGER NOT NULL DEFAULT 0, -- 1: a body of its own is kept
    sent INTEGER NOT NULL DEFAULT 0,      -- 1: what was sent differs at all
    PRIMARY KEY (capture, number)
) WITHOUT ROWID;
CREATE TABLE findings (
    capture INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    position INTEGER NOT NULL,
    code TEXT NOT NULL,
    cause TEXT NOT NULL,
    content TEXT NOT NULL,                -- JSON of the whole finding
    PRIMARY KEY (capture, attempt, position)
) WITHOUT ROWID;
CREATE TABLE diagnoses (
    capture INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    verdict TEXT,                         -- JSON, NULL where nothing was verified
    PRIMARY KEY (capture, attempt)
) WITHOUT ROWID;
CREATE TABLE settlements (
    capture INTEGER PRIMARY KEY,
    how TEXT NOT NULL,
    status INTEGER,
    answered_by TEXT NOT NULL,
    waited_ms REAL NOT NULL
);
CREATE TABLE marks (
    capture INTEGER PRIMARY KEY
);
CREATE TABLE cursors (
    endpoint TEXT PRIMARY KEY,
    epoch TEXT NOT NULL,
    seq INTEGER NOT NULL
);
CREATE TABLE gaps (
    number INTEGER PRIMARY KEY,
    endpoint TEXT NOT NULL,
    epoch TEXT NOT NULL,
    after INTEGER NOT NULL,
    until INTEGER NOT NULL,
    reason TEXT NOT NULL,
    UNIQUE (endpoint, epoch, after, until)
);
CREATE VIRTUAL TABLE body_index USING fts5(text, content='', detail=none, columnsize=0, tokenize='trigram');
CREATE TABLE indexing (
    up_to INTEGER NOT NULL                -- every capture up to this number is in the index, or not text
);
INSERT INTO indexing VALUES (0);
"""

# The numbers of the sender's own count, and how far it came.
ADD_SEQUENCES = """
ALTER TABLE captures ADD COLUMN sequence_first INTEGER;
ALTER TABLE captures ADD COLUMN sequence_last INTEGER;
CREATE INDEX captures_sequence ON captures (provider, sequence_last) WHERE sequence_last IS NOT NULL;
"""

# What was kept from the handler by its path, and why; what earlier versions kept back is known by its finding.
ADD_KEPT_BACK = """
CREATE TABLE kept_back (
    capture INTEGER PRIMARY KEY,
    reason TEXT NOT NULL
);
INSERT OR IGNORE INTO kept_back SELECT capture, '' FROM findings WHERE code = 'delivery.kept-back';
"""

# What nobody has looked at yet: captures whose verdict and findings are still to be made.
ADD_WAITING = """
CREATE TABLE waiting (
    capture INTEGER PRIMARY KEY
);
"""

# Which attempt's outcome stands in the row; what was tried beside it since; and what that proved about it.
ADD_EXPERIMENTS = """
ALTER TABLE captures ADD COLUMN outcome_attempt INTEGER NOT NULL DEFAULT 0;
ALTER TABLE captures ADD COLUMN tried_attempt INTEGER NOT NULL DEFAULT 0;
CREATE TABLE proofs (
    capture INTEGER NOT NULL,
    attempt INTEGER NOT NULL,             -- the one that counted, about whose outcome something is proved
    position INTEGER NOT NULL,
    content TEXT NOT NULL,                -- JSON of a finding
    PRIMARY KEY (capture, attempt, position)
) WITHOUT ROWID;
UPDATE captures SET outcome_attempt = coalesce((SELECT max(a.number) FROM attempts a WHERE a.capture = captures.number
    AND a.origin NOT IN ('probe', 'check') AND NOT (a.origin = 'replay' AND a.sent)), 0);
UPDATE captures SET tried_attempt = attempts, attempt_origin = '', handler_url = '', status = NULL, failure = '',
    elapsed_ms = NULL, answered_by = '', cause = '', severity = '', title = '' WHERE outcome_attempt <> attempts;
UPDATE captures SET (attempt_origin, handler_url, status, failure, elapsed_ms, answered_by) =
    (SELECT a.origin, a.handler_url, a.status, coalesce(a.failure, ''), a.elapsed_ms, a.answered_by FROM attempts a
    WHERE a.capture = captures.number AND a.number = outcome_attempt) WHERE outcome_attempt BETWEEN 1 AND attempts - 1;
UPDATE captures SET (cause, severity, title) =
    (SELECT f.cause, json_extract(f.content, '$.severity'), json_extract(f.content, '$.title') FROM findings f
    WHERE f.capture = captures.number AND f.attempt = outcome_attempt AND f.position = 0)
    WHERE outcome_attempt <> attempts AND EXISTS (SELECT 1 FROM findings f
    WHERE f.capture = captures.number AND f.attempt = outcome_attempt AND f.position = 0);
"""

# What the handler asked of an API: a short row a call, its messages beside it. A call that belongs to no delivery has
# an empty one; those of a delivery go with it, whatever takes it.
ADD_CALLS = """
CREATE TABLE calls (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    delivery TEXT NOT NULL,
    confidence REAL NOT NULL,
    api TEXT NOT NULL,
    base TEXT NOT NULL,
    method TEXT NOT NULL,
    target TEXT NOT NULL,
    started_at REAL NOT NULL,
    elapsed_ms REAL NOT NULL,
    first_byte_ms REAL,
    status INTEGER,
    failure TEXT NOT NULL,
    cause TEXT NOT NULL,                  -- these two are of what explains a refusal; empty where it was none
    title TEXT NOT NULL,
    digest TEXT NOT NULL,                 -- the fingerprint of its credential
    fault TEXT NOT NULL
);
CREATE INDEX calls_delivery ON calls (delivery, cause);
CREATE INDEX calls_digest ON calls (api, digest);
CREATE TABLE call_messages (
    call INTEGER PRIMARY KEY,
    connection TEXT NOT NULL,
    abandoned INTEGER NOT NULL,
    headers TEXT NOT NULL,                -- JSON: [[name, value], …]
    body BLOB NOT NULL,
    body_bytes INTEGER NOT NULL,
    reason TEXT NOT NULL,
    answer_headers TEXT NOT NULL,
    answer_body BLOB NOT NULL,
    answer_bytes INTEGER NOT NULL,
    detail TEXT NOT NULL,                 -- of the failure
    credential TEXT NOT NULL,             -- these three are JSON
    tie TEXT NOT NULL,
    findings TEXT NOT NULL
);
CREATE TRIGGER calls_of_captures AFTER DELETE ON captures BEGIN DELETE FROM calls WHERE delivery = old.id; END;
CREATE TRIGGER messages_of_calls AFTER DELETE ON calls BEGIN DELETE FROM call_messages WHERE call = old.number; END;
"""

# Whether an attempt was made beside the one that answered the sender.
ADD_COPIES = "ALTER TABLE attempts ADD COLUMN is_copy INTEGER NOT NULL DEFAULT 0;"

# What an answer had beside its head and body, where it had more.
ADD_STREAMS = """
CREATE TABLE streams (
    capture INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    content TEXT NOT NULL,                -- JSON of a note
    PRIMARY KEY (capture, attempt)
) WITHOUT ROWID;
"""

# Which route an attempt took; and what waits for its turn at a handler, its sender answered by us.
ADD_ROUTES = """
ALTER TABLE attempts ADD COLUMN route TEXT NOT NULL DEFAULT '';
CREATE TABLE held (
    capture INTEGER NOT NULL,
    route TEXT NOT NULL,
    is_copy INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (capture, route)
) WITHOUT ROWID;
"""

# What came behind a delivery's body, and why that is not whole, of the few that have either.
ADD_ENDINGS = """
CREATE TABLE endings (
    capture INTEGER PRIMARY KEY,
    trailers TEXT NOT NULL,               -- JSON: [[name, value], …]
    broken TEXT NOT NULL
);
"""

MIGRATIONS: tuple[str, ...] = (
    CREATE,
    ADD_SEQUENCES,
    ADD_WAITING,
    ADD_EXPERIMENTS,
    ADD_KEPT_BACK,
    ADD_CALLS,
    ADD_COPIES,
    ADD_STREAMS,
    ADD_ROUTES,
    ADD_ENDINGS,
)

# What has rows of a capture, and the column that names it; bodies go by their keys.
HANGING_ON_A_CAPTURE = (
    ("heads", "number"),
    ("endings", "capture"),
    ("attempts", "capture"),
    ("streams", "capture"),
    ("findings", "capture"),
    ("proofs", "capture"),
    ("diagnoses", "capture"),
    ("settlements", "capture"),
    ("marks", "capture"),
    ("kept_back", "capture"),
    ("waiting", "capture"),
    ("held", "capture"),
    ("captures", "number"),
)

DELIVERY_PART = 0


def sent_part(attempt: int) -> int:
    """The part that holds the body an attempt sent."""
    return 2 * attempt


def answer_part(attempt: int) -> int:
    """The part that holds the body an attempt was answered with."""
    return 2 * attempt + 1


def body_key(capture: int, part: int = DELIVERY_PART, piece: int = 0) -> int:
    """The key of a piece of a body."""
    return (capture << PART_BITS | part) << PIECE_BITS | piece


def body_keys(capture: int, part: int) -> tuple[int, int]:
    """The first and the last key that pieces of this body may have."""
    return body_key(capture, part), body_key(capture, part, MAX_PIECES - 1)


def capture_keys(capture: int) -> tuple[int, int]:
    """The first and the last key that pieces of any body of this capture may have."""
    return body_key(capture), body_key(capture + 1) - 1
