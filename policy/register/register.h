/* SPDX-License-Identifier: Apache-2.0 */
/* The statute register: which law lets whom disclose what to whom, as a text that a lawyer can read
 * and edit, with its own compiler. The law is data here; nothing of it stands in the program.
 *
 * The lines are those of an agreement (policy/text/doc.h): sections at the left margin, settings by
 * two spaces, more of a value by four, comments from #. An unknown word stops the file with its
 * line, its column and the nearest word.
 *
 *   register 1                       the version of this form; first
 *   edition ID                       once: title, date, checked
 *   body ID                          a class of bodies: title, health or social care: yes|no
 *   function ID                      what something is done for: title
 *   entry ID                         one provision:
 *     title, statute, section        texts; section is left out where the whole Act is meant
 *     kind                           duty, power, basis, condition, exemption, no gateway; the
 * first two may be cited as `gateway:`, the others say what they are from, to classes of bodies, or
 * any functions                      what for except from                    classes of senders
 * that it leaves out, though it was found except data                    patient information,
 * special, criminal: left out likewise use only for                   functions; what was received
 * under it serves no other needs agreement of the person  yes, no confidence kept (default) or
 * lifted: whether it sets the duty aside objection                      noted (default) or refers
 *     holder may withhold            yes, no: sharing is for the holder to judge
 *     aggregates only                yes, no
 *     general                        yes, no: a general power does not save what a specific one
 *                                    leaves out
 *     in force from                  a date, or `not yet`
 *     checked by, checked on         who read it and when; an entry without them is used with a
 *                                    warning in the verdict and an obligation on the recipient
 *     source, note                   where the text is; what the reader should know
 *
 * Duty and power need from, to, functions and in force from; the others have none of them.
 *
 * What an agreement says beside it:
 *
 *   agreement  law: EDITION                  of the register by which it is judged
 *   party      body: BODY, ...               classes of the party; none: not known
 *   purpose    function: FUNCTION, ...       what it is for; as the purpose above it, where silent
 *              direct care: yes|no           care of the person; likewise
 *              secondary use: yes|no         beyond the care of the person; likewise
 *   basis      gateway: ENTRY, ...           powers and duties that it cites
 *              function: FUNCTION, ...       for purposes that name none
 *   category   patient information: yes|no   confidential patient information
 *              opt-out: national, at most N days old
 *                                            how old a reading of the National Data Opt-Out may be;
 *                                            `none` where an exemption applies
 *              received under: ENTRY         whose `use only for` goes with the data
 *   share      objection: note|refer         note is the default
 *              confidentiality: ROUTE, ...   what may set the duty of confidence aside: implied
 *                                            consent, explicit consent, statute, section 251
 *                                            REFERENCE, public interest, best interests
 *              requires: statement           of the requester, that it is for its own public task
 *              requires: necessity           the five recorded reasons
 *
 * Duty of confidence: of categories with `confidential: yes` or patient information. Where a clause
 * names no route, a person decides. Without a register only opt-out, objection, statement and
 * necessity have an effect, and other words are checked for their form alone. */
#ifndef POLICY_REGISTER_REGISTER_H
#define POLICY_REGISTER_REGISTER_H

#include "policy/policy.h"

/* Immutable. Owns everything it points to, the text included. */
struct policy_register;

/* Compiles a register; `text` is copied. CONFIG POLICY_TEXT_WRONG with *diag filled; LIMIT
 * POLICY_MEMORY. The caller frees it. */
LG_MUST_USE struct lg_err policy_register_compile(struct span text, struct diag *diag,
                                                  struct policy_register **out_register);
void policy_register_free(struct policy_register **it);

enum policy_register_kind {
    POLICY_REGISTER_DUTY = 1,
    POLICY_REGISTER_POWER,
    POLICY_REGISTER_BASIS,
    POLICY_REGISTER_CONDITION,
    POLICY_REGISTER_EXEMPTION,
    POLICY_REGISTER_NO_GATEWAY,
};

/* Empty spans where the file says nothing. */
struct policy_register_entry {
    struct span id;
    struct span title;
    struct span statute;
    struct span section;
    enum policy_register_kind kind;
    bool is_commenced; /* in_force_day says since when; false: not yet, or no duty or power */
    int32_t in_force_day;
    struct span checked_by;
    int32_t checked_day; /* where checked_by is not empty */
    struct span source;
    struct span note;
    uint32_t line;
};

struct span policy_register_edition(const struct policy_register *it);
struct span policy_register_title(const struct policy_register *it);
/* Days since 1970-01-01. */
int32_t policy_register_day(const struct policy_register *it);
/* Byte for byte what was compiled. */
struct span policy_register_text(const struct policy_register *it);
size_t policy_register_body_count(const struct policy_register *it);
size_t policy_register_function_count(const struct policy_register *it);
/* Entries in the order of the file; index below the count. */
size_t policy_register_count(const struct policy_register *it);
struct policy_register_entry policy_register_at(const struct policy_register *it, size_t index);
/* False where there is none of this id. */
bool policy_register_find(const struct policy_register *it, struct span id,
                          struct policy_register_entry *out_entry);
/* "duty", "power", ...; a static string. */
const char *policy_register_kind_name(enum policy_register_kind kind);

/* As policy_compile, under a register, which is copied: `law:` must name its edition, `gateway:`
 * and `received under:` its entries, `body:` and `function:` its words. All six axes are judged
 * then. */
LG_MUST_USE struct lg_err policy_compile_law(struct span text, struct span floor,
                                             const struct policy_register *law, struct diag *diag,
                                             struct policy **out_policy);
/* The register that an agreement was compiled with, owned by it; NULL where there was none. */
const struct policy_register *policy_law(const struct policy *policy);
/* True where the agreement cannot be judged without one: it has `law:`, without which none of the
 * other settings above that use words of the register compiles. */
bool policy_needs_law(const struct policy *policy);

#endif
