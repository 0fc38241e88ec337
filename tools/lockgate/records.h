/* SPDX-License-Identifier: Apache-2.0 */
/* A file of exported decision records: lines of words with one blank between, in this order.
 *
 *   lockgate-records 1
 *   agreement HASH TEXT FLOOR     HASH: 64 hex digits, as the records name it. TEXT, FLOOR: base64,
 *                                 FLOOR `-` where there is none
 *   ask RECORD                    base64: the record of a question (policy/record/record.h)
 *   part RECORD                   base64: that of a source, of the question before it
 *
 * An agreement stands before the questions that fall under it. The file holds no personal data
 * beyond what records hold: numbers, dates and states of consent. */
#ifndef TOOLS_LOCKGATE_RECORDS_H
#define TOOLS_LOCKGATE_RECORDS_H

#include "gateway/base/diag.h"
#include "policy/compare/rehearse.h"
#include "policy/register/register.h"

/* Puts every record of the text to the rehearsal; its agreements are compiled under the register,
 * NULL: none. INPUT with the diag filled for a line that cannot
 * be read, or a record whose text is not in the file; LIMIT for memory. */
LG_MUST_USE struct lg_err records_rehearse(struct span text, const struct policy_register *statutes,
                                           struct rehearsal *rehearsal, struct diag *diag);

#endif
