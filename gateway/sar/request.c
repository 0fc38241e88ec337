/* SPDX-License-Identifier: Apache-2.0 */
/* What a request is, from its steps in their order.
 *
 *   open    EXTEND, PAUSE, EXPORT, CLOSE; marks on lines
 *   paused  RESUME, EXTEND, EXPORT, CLOSE; marks on lines
 *   closed  nothing
 */
#include "gateway/base/day.h"
#include "gateway/sar/sar.h"

static struct sar_clock clock_of(const struct sar_request *request) {
    return (struct sar_clock){.received = request->opened.day,
                              .paused_days = request->paused_days,
                              .extra_months = request->extra_months};
}

int32_t sar_request_due(const struct sar_request *request, int32_t today) {
    struct sar_clock clock = clock_of(request);
    if (request->pause != SAR_PAUSE_NONE && today > request->paused_since) {
        clock.paused_days += today - request->paused_since;
    }
    return sar_due_day(&clock);
}

bool sar_request_is_overdue(const struct sar_request *request, int32_t today) {
    return request->outcome == SAR_OUTCOME_NONE && request->pause == SAR_PAUSE_NONE &&
           sar_request_due(request, today) < today;
}

/* ---- What may be done ---- */

static const char *extend_fault(const struct sar_request *request, const struct sar_step *step) {
    if (request->extra_months > 0) {
        return "months: this request was extended already, and may be once";
    }
    int32_t today = day_london_of_ms(step->at_ms);
    if (sar_request_due(request, today) < today) {
        return "months: the day of the answer has passed; the person is told of an extension "
               "before it (UK GDPR, Article 12(3))";
    }
    return NULL;
}

static const char *pause_fault(const struct sar_request *request, const struct sar_step *step) {
    if (request->pause != SAR_PAUSE_NONE) {
        return "pause: the clock of this request stands still already";
    }
    if (step->day < request->opened.day || step->day > day_london_of_ms(step->at_ms)) {
        return "day: not before the request came, and not after today";
    }
    if (step->day < request->resumed_on) {
        return "day: not before the day on which the last pause ended";
    }
    return sar_request_is_overdue(request, day_london_of_ms(step->at_ms))
               ? "pause: the day of the answer has passed; it cannot be put off any more"
               : NULL;
}

static const char *resume_fault(const struct sar_request *request, const struct sar_step *step) {
    if (request->pause == SAR_PAUSE_NONE) {
        return "resume: the clock of this request is running";
    }
    return step->day < request->paused_since || step->day > day_london_of_ms(step->at_ms)
               ? "day: not before the day of the pause, and not after today"
               : NULL;
}

static const char *export_fault(const struct sar_request *request, const struct sar_step *step) {
    return step->answer.to == SAR_TO_REPRESENTATIVE && !request->opened.is_represented
               ? "answer: nobody asks for the person in this request; it goes to them alone"
               : NULL;
}

static const char *close_fault(const struct sar_request *request, const struct sar_step *step) {
    return step->outcome == SAR_OUTCOME_ANSWERED && request->export_count == 0
               ? "outcome: nothing was made for the person yet; export the answer first, so that "
                 "it "
                 "is in the log what was answered"
               : NULL;
}

/* Marks on lines are counted by the store. */
static bool is_over_full(const struct sar_request *request, const struct sar_step *step) {
    switch (step->kind) {
    case SAR_WITHHOLD:
    case SAR_REVEAL:
    case SAR_CLOSE:
        return false;
    case SAR_EXPORT:
        return request->step_count >= LIMIT_SAR_ALL_STEPS - 1;
    default:
        return request->step_count >= LIMIT_SAR_STEPS;
    }
}

const char *sar_step_fault(const struct sar_request *request, const struct sar_step *step) {
    if (request->outcome != SAR_OUTCOME_NONE) {
        return "number: this request is closed";
    }
    if (is_over_full(request, step)) {
        return "step: there were as many of this request as there may be; it can only be answered "
               "and closed";
    }
    switch (step->kind) {
    case SAR_EXTEND:
        return extend_fault(request, step);
    case SAR_PAUSE:
        return pause_fault(request, step);
    case SAR_RESUME:
        return resume_fault(request, step);
    case SAR_EXPORT:
        return export_fault(request, step);
    case SAR_CLOSE:
        return close_fault(request, step);
    case SAR_WITHHOLD:
    case SAR_REVEAL:
        return NULL;
    default:
        return "step: this is none";
    }
}

/* ---- Doing it ---- */

static void pause_end(struct sar_request *request, int32_t day) {
    if (day > request->paused_since) { /* the wall clock may have been set back */
        request->paused_days += day - request->paused_since;
    }
    request->pause = SAR_PAUSE_NONE;
    request->resumed_on = day;
}

bool sar_step_apply(struct sar_request *request, const struct sar_step *step) {
    if (sar_step_fault(request, step) != NULL) {
        return false;
    }
    switch (step->kind) {
    case SAR_EXTEND:
        request->extra_months = step->months;
        break;
    case SAR_PAUSE:
        request->pause = step->pause;
        request->paused_since = step->day;
        break;
    case SAR_RESUME:
        pause_end(request, step->day);
        break;
    case SAR_EXPORT:
        request->export_count++;
        request->answer = step->answer;
        request->answered_ms = step->at_ms;
        break;
    case SAR_CLOSE:
        if (request->pause != SAR_PAUSE_NONE) { /* its day stays what it is now */
            pause_end(request, day_london_of_ms(step->at_ms));
        }
        request->outcome = step->outcome;
        request->closed_ms = step->at_ms;
        break;
    default:
        break;
    }
    return true;
}

struct lg_err sar_request_read(struct store_reader *reader, const struct store_sar *row,
                               uint64_t asked, struct arena *arena,
                               struct sar_request *out_request) {
    struct sar_step step;
    struct store_sars steps;
    TRY(sar_step_decode(row->body, &step));
    *out_request = (struct sar_request){.number = row->log_index, .opened = step};
    TRY(store_sar_steps_read(reader, row->log_index, arena, &steps));
    for (size_t i = 0; i < steps.count; i++) {
        TRY(sar_step_decode(steps.items[i].body, &step));
        bool is_done = sar_step_apply(out_request, &step);
        out_request->is_asked_done =
            out_request->is_asked_done || (is_done && steps.items[i].log_index == asked);
        out_request->step_count++;
    }
    return LG_OK;
}
