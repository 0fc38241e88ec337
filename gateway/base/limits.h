/* SPDX-License-Identifier: Apache-2.0 */
/* Every ceiling of the gateway, with the attack or fault that it stops beside it. Those of http2,
 * of agreements, of consent, of review cases and of the connector fill files of their own. */
#ifndef GATEWAY_BASE_LIMITS_H
#define GATEWAY_BASE_LIMITS_H

#include "gateway/base/limits_cases.h"
#include "gateway/base/limits_connector.h"
#include "gateway/base/limits_consent.h"
#include "gateway/base/limits_http2.h"
#include "gateway/base/limits_policy.h"

/* loop */
enum {
    /* Descriptors of one loop: a flood of connections ends in a refusal, not in memory. */
    LIMIT_LOOP_WATCHES = 65536,
    /* Running timers of one loop: a connection and each of its streams hold a few. */
    LIMIT_LOOP_TIMERS = 262144,
    /* Events taken from the kernel in a turn: what became ready first cannot starve the timers. */
    LIMIT_LOOP_EVENTS = 256,
    /* What patient watches wait for at most, and a turn: a fraction of the 50 ms that a refusal may
     * take, and long enough for some requests of each connection to come. */
    LIMIT_LOOP_PATIENCE_MS = 16,
    /* Threads that a turn may have to wake at its end: the log's. A number of our own making. */
    LIMIT_LOOP_LAST = 4,
};

/* tls */
enum {
    /* Bytes of a certificate, key or anchor file: a wrong path is told, not loaded. */
    LIMIT_TLS_FILE = 65536,
    /* Bytes of a revocation list: some hundred thousand serials. */
    LIMIT_TLS_CRL = 4194304,
    /* Certificate authorities of one direction, and certificates sent with our leaf. */
    LIMIT_TLS_ANCHORS = 16,
    LIMIT_TLS_CHAIN = 4,
    /* Bytes of the certificate message of a peer that nobody knows yet. */
    LIMIT_TLS_PEER_CERTIFICATES = 16384,
    /* Extensions of a leaf: each is compared with all others. Our profiles have six. */
    LIMIT_TLS_EXTENSIONS = 16,
    /* Days from notBefore to notAfter of a leaf: one that never ends is never renewed, and a stolen
     * one stays good for as long as nobody notices. Twelve months and some weeks, which no rule of
     * public authorities exceeds any more. */
    LIMIT_TLS_LEAF_DAYS = 398,
    /* Handshake messages after the handshake (KeyUpdate, tickets): each makes us derive keys and
     * none carries a question. */
    LIMIT_TLS_LATE_MESSAGES = 64,
    /* Bytes taken from the socket by one read: one flooding peer cannot hold the worker. */
    LIMIT_TLS_READ_TURN = 65536,
    /* Between two looks at certificates and lists, and at every connection's peer: so long a stolen
     * key is of use after its revocation was put in place. */
    LIMIT_TLS_REFRESH_MS = 1000,
    /* Between two lines of the log on one fault: a broken file does not fill the disk. */
    LIMIT_TLS_ALARM_S = 600,
};

/* wire: sizes in bytes, of one field unless it says otherwise */
enum {
    /* Messages within messages. Our types nest 8 deep at most; a library that follows a deeper
     * nesting by recursion loses its stack (758 bytes are enough for 256 KiB of it). */
    LIMIT_WIRE_DEPTH = 16,
    /* Fields in a request or in what a source sends, in all: empty elements cost 2 bytes on the
     * wire and 20 to 28 times that in memory. */
    LIMIT_WIRE_ELEMENTS = 10000,
    /* The same where the gateway speaks: 64 sources, each with what a source may send. */
    LIMIT_WIRE_REPLY_ELEMENTS = 200000,
    /* A whole request, and what a source sends; transport stops most at 64 KiB already. */
    LIMIT_WIRE_BYTES = 1048576,
    LIMIT_WIRE_REPLY_BYTES = 4194304,
    /* Objects and arrays within each other in a JSON text: a list takes a level of its own there.
     * The library that reads it recurses. */
    LIMIT_WIRE_JSON_DEPTH = 2 * LIMIT_WIRE_DEPTH,
    /* Bytes of a JSON text for each byte that the message may have: names, quotes, base64. */
    LIMIT_WIRE_JSON_FACTOR = 2,

    /* Fields that a first look at a request steps over: all sources and items of a question, and
     * some more. */
    LIMIT_WIRE_GLANCE = 512,

    /* Ids and codes of agreements, clauses, purposes, bases, roles, items, rules and reasons. */
    LIMIT_WIRE_NAME = 128,
    /* Names of parties: as in certificates. */
    LIMIT_WIRE_PARTY = 64,
    /* User id, display name, case reference: sealed into each entry of the log. */
    LIMIT_WIRE_ACTOR = 128,
    /* Reasons why a look is right; rationale of an emergency. */
    LIMIT_WIRE_REASON = 512,
    LIMIT_WIRE_RATIONALE = 2048,
    /* Office that decided to withhold: room for a title, none for a story. */
    LIMIT_WIRE_OFFICE = 64,
    /* Sentences for people to read. */
    LIMIT_WIRE_SENTENCE = 1024,
    /* A name of a person, as the edge reads them. */
    LIMIT_WIRE_PERSON_NAME = 256,
    LIMIT_WIRE_POSTCODE = 16,
    LIMIT_WIRE_SCHEME = 32,
    LIMIT_WIRE_IDENTIFIER = 64,
    /* YYYY-MM-DD. */
    LIMIT_WIRE_DATE = 10,
    /* A value of a record: free text of a case note's length would leave by accident. */
    LIMIT_WIRE_VALUE = 4096,
    LIMIT_WIRE_RELATION = 64,
    /* A source's own reference of a record, or its pseudonym. */
    LIMIT_WIRE_RECORD = 128,
    LIMIT_WIRE_PSEUDONYM = 64,
    LIMIT_WIRE_HANDLE = 512,
    LIMIT_WIRE_SEALED_TOKEN = 128,
    LIMIT_WIRE_REFERENCE = 256,
    LIMIT_WIRE_LOCAL_REFERENCE = 62,
    /* Stored bytes of a leaf: all reasons sealed, and room. */
    LIMIT_WIRE_LEAF = 16384,
    /* What a source's leaf does not show: some numbers and four codes. */
    LIMIT_WIRE_DETAIL = 512,
    /* Text of a signed checkpoint with its witnesses. */
    LIMIT_WIRE_NOTE = 16384,

    /* How many: tokens of a person, sources and items of a question, records of an answer, items
     * and links of a record. A question cannot become a sweep, an answer not a dump. */
    LIMIT_WIRE_TOKENS = 32,
    LIMIT_WIRE_SOURCES = 64,
    LIMIT_WIRE_ITEMS = 256,
    LIMIT_WIRE_RECORDS = 256,
    LIMIT_WIRE_LINKS = 64,
    LIMIT_WIRE_HELD_BACK = 1024,
    LIMIT_WIRE_CLAUSES = 256,
    LIMIT_WIRE_OBLIGATIONS = 64,
    /* Hashes of a path: a tree of 2^63 leaves needs no more. */
    LIMIT_WIRE_PATH = 64,
    /* Token classes, and elements under one proof (as the vault's). */
    LIMIT_WIRE_BATCHES = 5,
    LIMIT_WIRE_BATCH = 256,
    LIMIT_WIRE_PUBLIC_KEYS = 64,
    /* Purposes, categories and recipients of a consent; consents of a person. */
    LIMIT_WIRE_CONSENT_WORDS = 32,
    LIMIT_WIRE_CONSENTS = 1000,
    /* Notices of one look, and items of one notice: as LIMIT_STORE_NOTICE_ROWS. */
    LIMIT_WIRE_NOTICE_ITEMS = 512,
    LIMIT_WIRE_REJECTED_LINES = 1000,
    LIMIT_WIRE_RECORD_TAGS = 1000,
    LIMIT_WIRE_BLIND_PERSONS = 50,

    /* Files of the contract that reflection knows. */
    LIMIT_WIRE_SCHEMA_FILES = 32,
    /* A request of reflection: a name, and the name that the client has for this host. */
    LIMIT_WIRE_REFLECTION_REQUEST = 1024,
};

/* config */
enum {
    /* Bytes, nesting and values of a configuration file: a wrong path or an alias bomb is told. */
    LIMIT_CONFIG_FILE = 1048576,
    LIMIT_CONFIG_DEPTH = 12,
    LIMIT_CONFIG_NODES = 65536,
    /* Bytes that reading a file may cost: its text and the places of its values. */
    LIMIT_CONFIG_MEMORY = 33554432,
    /* Bytes of one value. */
    LIMIT_CONFIG_TEXT = 4096,
    /* Keys by which it is guessed whose file one is. */
    LIMIT_CONFIG_GUESS_KEYS = 64,
    /* Parties of a partnership, systems of a party, roles of a system. */
    LIMIT_CONFIG_PARTIES = 1024,
    LIMIT_CONFIG_SYSTEMS = 64,
    LIMIT_CONFIG_ROLES = 256,
    /* Purposes that go first: where all are, none is. */
    LIMIT_CONFIG_URGENT = 16,
    /* Agreements in force at one gateway; systems that may call a key service. */
    LIMIT_CONFIG_AGREEMENTS = 256,
    LIMIT_CONFIG_CALLERS = 64,
};

/* identity */
enum {
    /* Bytes of an acting person's user id and name: the contract's, and what the log seals. */
    LIMIT_IDENTITY_USER_ID = 128,
    LIMIT_IDENTITY_DISPLAY_NAME = 128,
};

/* vault */
enum {
    /* Elements under one proof: a peer cannot hold a worker for longer than some 60 ms. */
    LIMIT_VAULT_BATCH = 256,
    /* Bytes of a passphrase file: a wrong path to something large is told, not hashed. */
    LIMIT_VAULT_PASSPHRASE = 1024,
    /* Argon2id passes and KiB that a key file may ask for: a swapped file cannot eat the memory. */
    LIMIT_VAULT_ARGON_PASSES = 16,
    LIMIT_VAULT_ARGON_KIB = 1048576,
};

/* edge */
enum {
    /* People of one prepared batch: bounds arena and time of an enrolment step. */
    LIMIT_EDGE_PEOPLE = 4096,
    /* Other names, and previous postcodes, of one person: each makes tokens that match. */
    LIMIT_EDGE_ALIASES = 4,
    /* Tokens of one person: the contract's TokenSet holds no more. */
    LIMIT_EDGE_TOKENS = 32,
    /* Bytes of a name as given: decomposing hostile Unicode stays cheap. */
    LIMIT_EDGE_NAME = 256,
};

/* keyd */
enum {
    /* Agencies with a counter: a flood of made-up names cannot grow the table. */
    LIMIT_KEYD_AGENCIES = 1024,
    /* Pseudonym scalars of all agreements, recipients and epochs: bounds the file that each new
     * one rewrites. */
    LIMIT_KEYD_SCALARS = 4096,
    /* Memory of one call: five batches of 256 elements, in and out, with room for the encoding. */
    LIMIT_KEYD_CALL_ARENA = 4194304,
    /* Evaluations of an agency a day: enrols 400,000 people; walking through every NHS number would
     * take about a year. */
    LIMIT_KEYD_EVALUATIONS_DAY = 2000000,
    /* The same of look-ups in clear, which a gateway makes for a party. */
    LIMIT_KEYD_PLAIN_DAY = 20000,
};

/* store */
enum {
    /* Records of one transaction: bounds how long an enrolment keeps other writers waiting. */
    LIMIT_STORE_BATCH = 256,
    /* Tags of one call that takes records out. */
    LIMIT_STORE_RETIRE = 1000,
    /* Tokens of one record or look-up, as the contract says: each is a read of the index. */
    LIMIT_STORE_TOKENS = 32,
    /* Rows under one token (subjects.md 6.1): a value that everybody shares joins nobody, and one
     * look-up reads no more than this for each token. */
    LIMIT_STORE_BLOCK = 50,
    /* Rows of one person, one an agency. */
    LIMIT_STORE_ROWS = 64,
    /* Other ids that merges left behind one person: an erasure has an entry for each, and one
     * more, in one commit. */
    LIMIT_STORE_ALIASES = 62,
    /* Facts about consent of one person that a question reads: each question of a person with a
     * long history stays a bounded read. */
    LIMIT_STORE_CONSENTS = 256,
    /* Bytes of a fact: its log entry's sealed part holds no more than LIMIT_AUDIT_SEALED. */
    LIMIT_STORE_CONSENT_BODY = 2816,
    /* Of what outlives an erasure (gateway/store/suppress.h): tokens, facts and the bytes of these.
     * Every entry of it is of one size, which has to fit LIMIT_AUDIT_SEALED. A person with more
     * is kept by the tokens that tell most, and refuses more widely, never less. */
    LIMIT_STORE_SUPPRESS_TOKENS = 48,
    LIMIT_STORE_SUPPRESS_FACTS = 32,
    LIMIT_STORE_SUPPRESS_BODY = 1984,
    /* Facts applied in one transaction: one flush of the log holds no more entries. */
    LIMIT_STORE_APPLY = 1024,
};

/* locate */
enum {
    /* Agencies of a partnership whose rows are told apart: as the log's bitmap of sources. */
    LIMIT_LOCATE_SOURCES = 64,
    /* Life of a handle: what was found is asked about soon or found again. */
    LIMIT_LOCATE_HANDLE_MS = 600000,
};

/* audit */
enum {
    /* Bytes of an entry: one question cannot fill a frame, nor the disk by its free text. */
    LIMIT_AUDIT_ENTRY = 4096,
    /* The submitter's bytes in the sealed part: leaves room for head, codes and tag. */
    LIMIT_AUDIT_SEALED = 3072,
    /* Entries of one commit, one for each source of a question at most. */
    LIMIT_AUDIT_BATCH = 64,
    /* Conditions, or changed scopes, of one commit: person, agreement and caller of each entry. */
    LIMIT_AUDIT_CONDITIONS = 256,
    /* Entries and entry bytes of one flush: bounds frame, buffer and the time until its waiters
     * hear. A full commit fits alone. */
    LIMIT_AUDIT_FRAME_ENTRIES = 1024,
    LIMIT_AUDIT_FRAME_BYTES = 262144,
    /* Commits that wait for the disk: a stuck disk ends in refusals, not in memory. Questions that
     * begin have three quarters of the room, so that a withdrawal finds some; those under way get
     * theirs, for what was asked must be ended in the log: one commit of each that may be open. */
    LIMIT_AUDIT_QUEUE = 4096,
    LIMIT_AUDIT_QUEUE_BEGINS = LIMIT_AUDIT_QUEUE / 4 * 3,
    LIMIT_AUDIT_QUEUE_ENDS = 65536,
    /* Scopes with a remembered change: consents flooding in raise the floor, not the memory. */
    LIMIT_AUDIT_SCOPES = 65536,
    /* Questions that one crash leaves open and one start closes. */
    LIMIT_AUDIT_OPEN_QUESTIONS = 65536,
    /* Journal files of one log, some 60 TB: bounds the walk at start. */
    LIMIT_AUDIT_SEGMENTS = 1048576,
    /* Bytes and signatures of a note that somebody sends (C2SP signed-note: 16 must be accepted):
     * of any kind, the largest of today some 6 KiB a line. */
    LIMIT_AUDIT_NOTE = 131072,
    LIMIT_AUDIT_NOTE_SIGNATURES = 100,
    /* Characters of a line of a proof: a path hash has 44; extra holds a leaf, and the checkpoint
     * of an earlier receipt with what leads from it. */
    LIMIT_AUDIT_PROOF_LINE = 16384,
    /* Proofs of one receipt file. */
    LIMIT_AUDIT_PROOFS = 1024,
};

/* source */
enum {
    /* Legs in flight to one agency from one worker: a slow agency fills its own line only. */
    LIMIT_SOURCE_LEGS = 512,
    /* Bytes of one agency's answer (security.md 4.2). */
    LIMIT_SOURCE_ANSWER = 65536,
    /* Failures in a row that open the breaker, and the shortest and longest rest of it. */
    LIMIT_SOURCE_FAILURES = 5,
    LIMIT_SOURCE_REST_MS = 1000,
    LIMIT_SOURCE_REST_MAX_MS = 30000,
    /* Agencies of a partnership that are asked. */
    LIMIT_SOURCE_AGENCIES = 256,
};

/* grpc */
enum {
    /* One message, unless its method says otherwise: a question is a few hundred bytes. */
    LIMIT_GRPC_MESSAGE_MAX = 65536,
    /* The most that a method may say. */
    LIMIT_GRPC_MESSAGE_CEILING = 4194304,
    /* The largest message that we send: with its prefix, all that may wait in a stream. */
    LIMIT_GRPC_SEND_MAX = LIMIT_HTTP2_STREAM_PENDING - 5,
    /* Bytes of a request that are read and dropped before its refusal is sent: curl and others do
     * not look at an answer that comes before they have sent all. */
    LIMIT_GRPC_DROPPED = 1048576,
    /* Memory of one message while it is read from JSON or written as JSON: as many values as a
     * message may hold, and the text twice. */
    LIMIT_GRPC_JSON_ARENA = 16777216,
    /* The longest deadline of a call, and the one that an absent grpc-timeout means. */
    LIMIT_GRPC_DEADLINE_MS = 30000,
    /* A client stream may last this long, and rest this long between two messages. */
    LIMIT_GRPC_STREAM_DEADLINE_MS = 3600000,
    LIMIT_GRPC_STREAM_REST_MS = 60000,
    /* Work of one agency at one worker, over all its connections, that waits or is in progress;
     * beside it what is urgent; all its calls, those included whose request is still coming in: a
     * refusal before a request's end costs the peer more than one after it. */
    LIMIT_GRPC_AGENCY_WORKS = 1024,
    LIMIT_GRPC_AGENCY_URGENT = 512,
    LIMIT_GRPC_AGENCY_CALLS = 2048,
    /* Agencies that are counted one by one. */
    LIMIT_GRPC_AGENCIES = 256,
    /* Connections of one agency at one worker: its systems, a few each; the others keep theirs. */
    LIMIT_GRPC_AGENCY_CONNECTIONS = 512,
    /* Values of a peer's metadata that are kept for one call, and their bytes: every call carries
     * the room for them. */
    LIMIT_GRPC_METADATA_FIELDS = 12,
    LIMIT_GRPC_METADATA_SIZE = 640,
    /* Metadata that we add to one block, and its bytes as they travel: with a grpc-message of full
     * length it still fits the header list of common clients (8,192). */
    LIMIT_GRPC_ADDED_FIELDS = 8,
    LIMIT_GRPC_ADDED_SIZE = 2048,
    /* grpc-message before it is encoded: three times as much on the wire still fits the
     * smallest header list of common clients (8,192). */
    LIMIT_GRPC_STATUS_MESSAGE = 1024,
    LIMIT_GRPC_METHODS = 128,
    /* Of a site's requests: the path with its query, which on the way back from a sign-in holds a
     * code of the provider's making; of its answers: fields. */
    LIMIT_GRPC_SITE_PATH = 4096,
    LIMIT_GRPC_SITE_REQUEST = 32768,
    LIMIT_GRPC_SITE_FIELDS = 12,
    /* Connections of an open server at one worker, whose peers have no names: browsers of a place's
     * staff, one or two each; and of them from one address, which may be that of a whole office.
     * Each may have LIMIT_HTTP2_CONNECTION_PENDING waiting until LIMIT_HTTP2_WRITE_MS end it. */
    LIMIT_GRPC_OPEN_CONNECTIONS = 512,
    LIMIT_GRPC_OPEN_ADDRESS = 128,
    LIMIT_GRPC_PATH = 128,
    /* Watchers of health of one agency on one server: a few for each of its systems, so that one
     * agency's balancers do not keep another's from watching. */
    LIMIT_GRPC_AGENCY_WATCHERS = 16,
    /* Legs in line for a stream or a connection: a slow agency fills its own line only. */
    LIMIT_GRPC_WAITING = 256,
    /* First wait after a failed connection, its ceiling; keepalive with streams open. */
    LIMIT_GRPC_BACKOFF_MS = 1000,
    LIMIT_GRPC_BACKOFF_MAX_MS = 120000,
    LIMIT_GRPC_KEEPALIVE_MS = 10000,
    LIMIT_GRPC_KEEPALIVE_MAX_MS = 7200000,
    /* Bytes of pages of the log that one worker holds until their readers have taken them: sixteen
     * bundles of entries of the largest size. */
    LIMIT_GRPC_PAGES_HELD = 16 << 20,
    /* The same of one agency: a quarter, so that one slow mirror does not keep the others out. */
    LIMIT_GRPC_PAGES_HELD_AGENCY = LIMIT_GRPC_PAGES_HELD / 4,
    /* Free calls, legs and message buffers kept for the next use. */
    LIMIT_GRPC_POOL = 512,
};

/* admission (grpc): under more load than can be answered, what is answered is in time */
enum {
    /* Calls begun and not ended at one worker, those included that wait for an agency: memory of
     * some 100 KiB each. */
    LIMIT_ADMISSION_BEGUN = 4096,
    /* Those of them that we work on, most and least: as many as keep our own part of a call short,
     * and so few that a disk which commits a hundred a second ends them in a third of a second. */
    LIMIT_ADMISSION_UNDER_WAY = 1024,
    LIMIT_ADMISSION_UNDER_WAY_LEAST = 32,
    /* At first, where it follows our own part: a flood that comes before anything was measured must
     * not fill every place with calls that then keep urgent ones waiting. */
    LIMIT_ADMISSION_UNDER_WAY_FIRST = 256,
    /* Calls of one lane that wait, and bytes of all their requests: a flood ends in refusals. */
    LIMIT_ADMISSION_LANE = 4096,
    LIMIT_ADMISSION_WAITING_SIZE = 67108864,
    /* A call waits for one part in so many of the time that its caller gave it, and no longer than
     * this: what would wait longer is refused when it comes, within a turn. */
    LIMIT_ADMISSION_WAIT_PART = 10,
    LIMIT_ADMISSION_WAIT_PART_URGENT = 3, /* rather late than not at all */
    LIMIT_ADMISSION_WAIT_MS = 1000,
    /* A turn with more to begin than it may should take this long, which fills records and commits,
     * and no longer than twice that: a refusal waits for one turn, and has to leave within 50 ms.
     */
    LIMIT_ADMISSION_TURN_MS = 10,
    /* Calls begun in one turn: at first, least, most. */
    LIMIT_ADMISSION_TURN_BEGINS_FIRST = 32,
    LIMIT_ADMISSION_TURN_BEGINS_LEAST = 8,
    LIMIT_ADMISSION_TURN_BEGINS = 256,
    /* Our own part of the calls that ended is looked at so often, and where so many ended. */
    LIMIT_ADMISSION_LOOK_MS = 100,
    LIMIT_ADMISSION_LOOK_CALLS = 8,
    /* Rounds of its share that an agency may draw in advance for what is urgent. */
    LIMIT_ADMISSION_URGENT_AHEAD = 32,
    /* One beginning in so many is bulk's, so that records to be taken out of the index are. */
    LIMIT_ADMISSION_BULK_EVERY = 16,
    /* Client streams of one worker, and of one agency there: each holds some KiB from its headers
     * on, and a few agencies cannot take them all. None begins while calls wait for longer than
     * this. */
    LIMIT_ADMISSION_STREAMS = 512,
    LIMIT_ADMISSION_STREAMS_AGENCY = 32,
    LIMIT_ADMISSION_STREAM_WAIT_MS = 50,
    /* How long a line that stands empty is taken for as slow as it was: then one call tries. A disk
     * that stood still once must not keep an agency out for as long as others are busy. */
    LIMIT_ADMISSION_PLACE_MS = 500,
    /* A refused caller is told to wait for this and up to eight steps more, spread evenly, so that
     * those who were refused together do not come back together. Few values: they are sent as one
     * byte each. */
    LIMIT_ADMISSION_PUSHBACK_MS = 200,
    LIMIT_ADMISSION_PUSHBACK_STEP_MS = 100,
    /* So many refusals in so long, and connections are looked at less often (loop.h): they take one
     * part in a hundred of our time by then. A partner that provokes them makes others wait for
     * LIMIT_LOOP_PATIENCE_MS at most. */
    LIMIT_ADMISSION_PATIENCE_MS = 50,
    LIMIT_ADMISSION_PATIENCE_REFUSALS = 40,
    /* From the first refusal to its line in the log, and between two lines. */
    LIMIT_ADMISSION_LOG_FIRST_MS = 1000,
    LIMIT_ADMISSION_LOG_MS = 10000,
};

/* query */
enum {
    /* Request ids remembered for repeats; a set of 8 forgets its oldest first. */
    LIMIT_QUERY_REGISTER = 16384,
    /* Bytes kept for repeats in all: receipts of large questions cannot fill the memory; beyond it
     * others are forgotten early. */
    LIMIT_QUERY_REGISTER_BYTES = 67108864,
    /* Repeats that wait for one request in flight. */
    LIMIT_QUERY_JOINERS = 16,
    /* Bytes of one question's memory: request, decision, and what leaves. Answers have their own.
     */
    LIMIT_QUERY_ARENA = 8388608,
    /* Kinds of callers and grounds of which a worker remembers for a minute whom they may learn of.
     * More than that ask anew. */
    LIMIT_QUERY_ASKERS = 64,
    /* Blocks of 8 KiB that a worker keeps for the next question's memory: 16 MiB, some hundreds of
     * questions in flight. What a burst took beyond it goes back to the system. */
    LIMIT_QUERY_SHELF = 2048,
    /* Bytes of one source's answer and what is made of it: a source that sends what swells when it
     * is read (64 KiB to 1.3 MiB) uses up its own line alone. */
    LIMIT_QUERY_PART_ARENA = 4194304,
    /* Bytes of looking one linked person up. */
    LIMIT_QUERY_LINK_ARENA = 1048576,
    /* Agencies of one question, and linked people of one answer that are looked up. As many may be
     * shown as fit one commit beside the leaves of all agencies, shared out evenly: what one agency
     * names takes no room from another. */
    LIMIT_QUERY_SOURCES = 32,
    LIMIT_QUERY_LINKS = 32,
    /* Bytes of one message beside the lines of the sources and their receipts: verdict, clauses,
     * duties, checkpoint; and of a receipt beside its leaf and detail: a path of 63 hashes, salt,
     * lengths. What an answer may hold follows from them and from what a stream may hold. */
    LIMIT_QUERY_REPLY_REST = 32768,
    LIMIT_QUERY_RECEIPT_REST = 2560,
    /* Set aside in the transport for a receipt and for a message beside lines and receipts: a leaf
     * whose sealed part is of the usual length with codes of usual length, its detail and a path of
     * 2^30 entries; a checkpoint, duties and sentences. With the most that there can be, the
     * questions of one connection would wait for one another. */
    LIMIT_QUERY_RECEIPT_USUAL = 3072,
    LIMIT_QUERY_REPLY_USUAL = 2048,
    /* How often a question looks whether a caller who has not read has done so. */
    LIMIT_QUERY_ROOM_LOOK_MS = 5,
    /* Commits of one release that changes of consent may overtake before it is given up. */
    LIMIT_QUERY_STALE = 3,
};

/* service */
enum {
    /* An enrolment's stream: as long as a large party needs, and not for ever. */
    LIMIT_SERVICE_ENROL_MS = 1800000,
    /* An export's stream: a year of a busy agency, to a reader who is slow; and not for ever. */
    LIMIT_SERVICE_EXPORT_MS = 3600000,
    /* Entries that it reads at once, and holds until they are sent: what a reader who takes nothing
     * costs. */
    LIMIT_SERVICE_EXPORT_PAGE = 64,
    /* Exports of one worker at once, and of one agency among them: one agency's are not in the way
     * of another's, nor all of them in the way of searches. */
    LIMIT_SERVICE_EXPORTS = 8,
    LIMIT_SERVICE_EXPORTS_AGENCY = 2,
    /* Records that wait for one transaction; the stream stands still while it runs. */
    LIMIT_SERVICE_ENROL_BATCH = 128,
    /* Rejected lines that a reply names (contract: the first 1,000). */
    LIMIT_SERVICE_REJECTED = 1000,
    /* Memory of one streamed message while it is read. */
    LIMIT_SERVICE_MESSAGE_ARENA = 262144,
    /* A reflection stream: its answers, each a walk over the contract of some 10 us, and its life.
     * Tools ask for a dozen files and open another stream when theirs has ended. */
    LIMIT_SERVICE_REFLECTION_ANSWERS = 1000,
    LIMIT_SERVICE_REFLECTION_MS = 300000,
    /* Memory of one of its answers: the whole contract twice over. */
    LIMIT_SERVICE_REFLECTION_ARENA = 262144,
};

/* node */
enum {
    /* What the gateway's own part of a call should take at most when there are many: two commits to
     * the log and some turns of the loop are a third of it. */
    LIMIT_NODE_OWN_MS = 60,
    /* Lines and bytes of the table of wards: a postcode area has some hundreds. */
    LIMIT_NODE_WARDS = 4096,
    LIMIT_NODE_WARDS_SIZE = 262144,
};

#endif
