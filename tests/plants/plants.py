# SPDX-License-Identifier: Apache-2.0
"""The planted faults: for each its name, the source it is in, the text there that it changes, and
the test that has to fail. PLANTED in the new text is true where a run is to have the fault. The
shipped libraries are built from the sources as they are; the copies are made at build time:

    plants.py --files             the sources that a fault is in
    plants.py --make SOURCE COPY  a copy with all its faults, off unless LOCKGATE_PLANT names one

A text that is not there exactly once ends the build: the source has moved on, and so must the
fault."""
import pathlib
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]


class Plant:
    def __init__(self, name, source, before, after, program, test):
        self.name, self.source, self.before, self.after = name, source, before, after
        self.program, self.test = program, test


def kept(call):
    """Its error dropped."""
    return f"lg_err_ignore({call}, \"planted\");"


AUDIT, QUERY, WITNESS = "gateway/audit", "gateway/query", "gateway/witness"
WRITE = "ops->write(ops->ctx, journal->fd, journal->at, bytes)"
SYNC = "ops->sync(ops->ctx, journal->fd)"
STOP = """    if (lg_failed(err)) {
        audit_stop_process("journal", err);"""

PLANTS = [
    # ---- Durable before released (I1, I2, I9)
    Plant("released before it is written", f"{AUDIT}/journal.c", f"TRY({WRITE});",
          f"if (!PLANTED) {{ TRY({WRITE}); }}",
          "audit_faults_test", "killed_under_load_nothing_told_is_lost"),
    Plant("flush skipped", f"{AUDIT}/journal.c", f"TRY({SYNC});",
          f"if (!PLANTED) {{ TRY({SYNC}); }}",
          "audit_power_test", "power_cut_before_every_operation"),
    Plant("write error ignored", f"{AUDIT}/journal.c", f"TRY({WRITE});",
          f"if (PLANTED) {{ {kept(WRITE)} }} else {{ TRY({WRITE}); }}",
          "audit_faults_test", "a_write_that_fails_once_ends_the_process"),
    Plant("flush error ignored", f"{AUDIT}/journal.c", f"TRY({SYNC});",
          f"if (PLANTED) {{ {kept(SYNC)} }} else {{ TRY({SYNC}); }}",
          "audit_faults_test", "failed_flush_ends_the_process"),
    Plant("process goes on after an error", f"{AUDIT}/sequencer.c", STOP,
          STOP.replace("lg_failed(err)", "lg_failed(err) && !PLANTED"),
          "audit_faults_test", "failed_flush_ends_the_process"),
    Plant("name of a segment not flushed", f"{AUDIT}/journal.c",
          "err = audit_folder_sync(&journal->folder);",
          "err = PLANTED ? LG_OK : audit_folder_sync(&journal->folder);",
          "audit_power_test", "power_cut_before_every_operation"),
    Plant("tail read from the cache", f"{AUDIT}/recovery.c",
          "AUDIT_OPEN_READ | AUDIT_OPEN_DIRECT",
          "AUDIT_OPEN_READ | (PLANTED ? 0 : AUDIT_OPEN_DIRECT)",
          "audit_power_test", "bytes_that_only_the_cache_has_are_not_believed"),
    Plant("tail not written anew", f"{AUDIT}/recovery.c", "TRY(closed ? tail_cut",
          "TRY(closed || PLANTED ? tail_cut",
          "audit_power_test", "power_cut_before_every_operation"),
    Plant("checkpoint told before the flush", f"{AUDIT}/sequencer.c",
          "    make_durable(log, group, &root);",
          "    if (PLANTED) { log->journal.size += group->leaf_count; log->journal.root = root;"
          " audit_checkpoint_sign(&log->vkey, log->sign_key, log->journal.size, &root,"
          " &checkpoint->note); publish(log, checkpoint);"
          " log->journal.size -= group->leaf_count; }\n"
          "    make_durable(log, group, &root);",
          "audit_flush_test", "nothing_is_told_before_the_flush"),
    Plant("asked before it is durable", f"{QUERY}/commit.c",
          "struct lg_err err = ask_commit(query);\n    return lg_failed(err) ? "
          "query_fail(query, err) : STEP_WAIT;",
          "struct lg_err err = ask_commit(query);\n    return lg_failed(err) ? "
          "query_fail(query, err) : PLANTED ? STEP_NEXT : STEP_WAIT;",
          "query_asked_test", "a_withdrawal_on_its_way_asks_nobody"),

    # ---- One history (I3 to I6)
    Plant("wrong leaf", f"{AUDIT}/sequencer.c",
          "if (memcmp(leaf->hash.bytes, receipt->leaf_hash.bytes, AUDIT_HASH_SIZE) != 0) {",
          "if (!PLANTED && memcmp(leaf->hash.bytes, receipt->leaf_hash.bytes,"
          " AUDIT_HASH_SIZE) != 0) {",
          "audit_faults_test", "flipped_memory_ends_the_process_before_it_signs"),
    Plant("fork: a root of another tree signed", f"{AUDIT}/sequencer.c",
          "    audit_checkpoint_sign(&log->vkey, log->sign_key, log->journal.size, &root,"
          " &checkpoint->note);\n",
          "    if (PLANTED) { root.bytes[7] ^= 1; }\n"
          "    audit_checkpoint_sign(&log->vkey, log->sign_key, log->journal.size, &root,"
          " &checkpoint->note);\n",
          "audit_log_test", "receipt_proves_its_entry"),
    Plant("older copy not noticed", f"{AUDIT}/recovery.c",
          "if (walk->found.size < mark->size) {",
          "if (!PLANTED && walk->found.size < mark->size) {",
          "audit_recovery_test", "yesterdays_backup_refuses"),
    Plant("high-water frame not compared", f"{AUDIT}/recovery.c",
          "if (frame->head.new_size == mark->size) {",
          "if (PLANTED && frame->head.new_size == mark->size) { walk->mark_met = true; }"
          " else if (frame->head.new_size == mark->size) {",
          "audit_recovery_test", "another_history_of_the_same_length_refuses"),
    Plant("high-water not written", f"{AUDIT}/keeper.c", "    if (!is_new) {\n",
          "    if (!is_new || PLANTED) {\n",
          "audit_flush_test", "high_water_follows_the_log"),
    Plant("generation not checked", f"{AUDIT}/recovery.c",
          "return frame->head.generation == found->generation &&",
          "return (PLANTED || frame->head.generation == found->generation) &&",
          "audit_recovery_test", "frame_of_another_generation_refuses"),
    Plant("chain of frames not checked", f"{AUDIT}/recovery.c",
          "hash_same(&frame->head.previous, &found->previous);",
          "(PLANTED || hash_same(&frame->head.previous, &found->previous));",
          "audit_recovery_test", "frame_of_another_chain_refuses"),
    Plant("damaged middle taken for a torn end", f"{AUDIT}/recovery.c",
          "TRY(nothing_good_follows(walk));", "if (!PLANTED) { TRY(nothing_good_follows(walk)); }",
          "audit_recovery_test", "flipped_bit_before_a_good_frame_refuses"),
    Plant("entries not read at start", f"{AUDIT}/restore.c", "return root_check(restore, frame);",
          "return PLANTED ? LG_OK : root_check(restore, frame);",
          "audit_tamper_test", "the_newest_frame_is_found_by_its_root"),
    Plant("entry not compared when it is read", f"{AUDIT}/read.c",
          "if (memcmp(hash.bytes, leaf.hash.bytes, AUDIT_HASH_SIZE) != 0) {",
          "if (!PLANTED && memcmp(hash.bytes, leaf.hash.bytes, AUDIT_HASH_SIZE) != 0) {",
          "audit_log_test", "a_changed_entry_on_disk_is_not_given_out"),
    Plant("lock not taken", f"{AUDIT}/begin.c", "err = ops->lock(ops->ctx, begun->lock_fd);",
          "err = PLANTED ? LG_OK : ops->lock(ops->ctx, begun->lock_fd);",
          "audit_recovery_test", "second_process_is_refused"),
    Plant("frozen log goes on", f"{AUDIT}/commit.c", "if (atomic_load(&log->is_frozen)) {",
          "if (!PLANTED && atomic_load(&log->is_frozen)) {",
          "audit_begin_test", "frozen_log_does_not_begin"),

    # ---- Time and room (I7, I10)
    Plant("clock goes back", f"{AUDIT}/commit.c", "if (now < log->last_time_ms) {",
          "if (!PLANTED && now < log->last_time_ms) {", "audit_log_test", "time_never_steps_back"),
    Plant("held clock not marked", f"{AUDIT}/commit.c", "stamp.clock_held = true;",
          "stamp.clock_held = !PLANTED;", "audit_log_test", "time_never_steps_back"),
    Plant("reserve ignored", f"{AUDIT}/sequencer.c",
          "if (item->needs_reserve && audit_spares_low(&log->spares)) {",
          "if (!PLANTED && item->needs_reserve && audit_spares_low(&log->spares)) {",
          "audit_faults_test", "below_the_reserve_only_denials_go_in"),

    # ---- Questions and grants
    Plant("stale grant released", f"{AUDIT}/sequencer.c",
          "return is_stale(log, item) ? AUDIT_REFUSED_STALE : AUDIT_COMMITTED;",
          "return is_stale(log, item) && !PLANTED ? AUDIT_REFUSED_STALE : AUDIT_COMMITTED;",
          "audit_log_test", "withdrawal_stops_the_release"),
    Plant("release rests on no grant", f"{QUERY}/commit.c",
          ".condition_count = batch.releases ? batch.condition_count : 0,",
          ".condition_count = batch.releases && !PLANTED ? batch.condition_count : 0,",
          "query_stale_test", "a_withdrawal_in_the_gate_is_obeyed"),
    Plant("newer grant hides the older", f"{QUERY}/commit.c",
          "} else if (basis->applied_through < condition->applied_through) {",
          "} else if (!PLANTED && basis->applied_through < condition->applied_through) {",
          "query_stale_test", "a_link_to_the_person_does_not_hide_a_withdrawal"),
    Plant("terminal entry lost", f"{QUERY}/commit.c",
          ".ends = is_end(query) ? &query->question->id : NULL,",
          ".ends = is_end(query) && !PLANTED ? &query->question->id : NULL,",
          "query_line_test", "an_answer_is_trimmed_logged_and_released"),
    Plant("final flag missing", f"{QUERY}/trail.c",
          "out->flags = is_late ? 0 : AUDIT_FLAG_FINAL;",
          "out->flags = is_late || PLANTED ? 0 : AUDIT_FLAG_FINAL;",
          "query_cancel_test", "cancelled_while_a_source_answers"),
    Plant("abandoned not written", f"{AUDIT}/log.c",
          "for (size_t first = 0; first < count; first += AUDIT_BATCH_MAX) {",
          "for (size_t first = PLANTED ? count : 0; first < count; first += AUDIT_BATCH_MAX) {",
          "audit_begin_test", "recovered_log_adds_nothing"),
    Plant("change told before it is applied", f"{AUDIT}/sequencer.c",
          "        changes_apply(log, &group);\n        group_wake(log, &group, true);\n",
          "        if (PLANTED) { group_wake(log, &group, true); }\n"
          "        changes_apply(log, &group);\n        group_wake(log, &group, true);\n",
          "audit_faults_test", "failed_apply_ends_the_process_and_is_replayed"),
    Plant("parts of questions not mixed", f"{AUDIT}/sequencer.c",
          "    if (!parts_find(mix, from, end, &parts)) {",
          "    if (PLANTED || !parts_find(mix, from, end, &parts)) {",
          "audit_mix_test", "parts_of_several_questions_are_mixed"),

    # ---- Receipts
    Plant("commitment of other bytes", f"{AUDIT}/item.c",
          "return vault_equal(span_of(digest, sizeof digest), entry.commitment);",
          "return PLANTED || vault_equal(span_of(digest, sizeof digest), entry.commitment);",
          "audit_log_test", "receipt_proves_its_entry"),
    Plant("receipt of another leaf", f"{QUERY}/commit.c",
          "audit_receipt_hold(outcome->receipts[next++]);",
          "audit_receipt_hold(outcome->receipts[PLANTED ? next : next++]);",
          "query_line_test", "consent_decides_field_by_field"),
    Plant("salt reused", f"{AUDIT}/entry.c",
          "    vault_random(out_commitment->salt, sizeof out_commitment->salt);",
          "    if (PLANTED) { memset(out_commitment->salt, 7, sizeof out_commitment->salt); }"
          " else { vault_random(out_commitment->salt, sizeof out_commitment->salt); }",
          "audit_entry_test", "no_two_salts_are_the_same"),
    Plant("tag links entries", f"{AUDIT}/entry.c",
          "memcpy(input + 3, request_id.ptr, MODEL_REQUEST_ID_SIZE);",
          "if (!PLANTED) { memcpy(input + 3, request_id.ptr, MODEL_REQUEST_ID_SIZE); }",
          "audit_entry_test", "one_person_two_entries_share_no_field"),
    Plant("path of the neighbour", f"{AUDIT}/sequencer.c",
          "audit_tree_paths(log->tree, receipt->index, 1, &receipt->path);",
          "audit_tree_paths(log->tree, PLANTED && receipt->index > 0 ? receipt->index"
          " - 1 : receipt->index, 1,"
          " &receipt->path);", "audit_log_test", "receipt_proves_its_entry"),
    Plant("inclusion off by one", f"{AUDIT}/merkle.c",
          "return (climb->at & 1U) != 0 || climb->at == climb->last;",
          "return (climb->at & 1U) != 0 || (!PLANTED && climb->at == climb->last);",
          "audit_consistency_test", "every_entry_is_in_every_tree_after_it"),
    Plant("consistency off by one", f"{AUDIT}/merkle.c",
          "        if (from <= middle) {",
          "        if (PLANTED ? from < middle : from <= middle) {",
          "audit_consistency_test", "every_tree_begins_every_later_one"),
    Plant("signature not asked for", f"{AUDIT}/proof.c",
          "    TRY(audit_note_verify(&note, vkey));",
          "    if (!PLANTED) { TRY(audit_note_verify(&note, vkey)); }",
          "audit_proof_test", "a_wrong_signature_proves_nothing"),
    Plant("wrong bytes released", "gateway/release/release.c",
          "if (!audit_receipt_commitment_matches(receipt, commitment->salt, result)) {",
          "if (!PLANTED && !audit_receipt_commitment_matches(receipt, commitment->salt, result)) {",
          "release_test", "bytes_that_were_not_committed_do_not_leave"),

    # ---- Witnesses
    Plant("witness replies before it persists", f"{WITNESS}/witness.c",
          "    TRY(remember(witness, log, &submission.checkpoint));",
          "    if (PLANTED) { log->seen.size = submission.checkpoint.size; log->seen.root ="
          " submission.checkpoint.root; } else\n"
          "    TRY(remember(witness, log, &submission.checkpoint));",
          "witness_state_test", "what_was_cosigned_is_remembered"),
    Plant("witness cosigns a fork", f"{WITNESS}/witness.c",
          "checkpoint->size == seen->size && !hash_equal(&checkpoint->root, &seen->root)) {",
          "!PLANTED && checkpoint->size == seen->size && !hash_equal(&checkpoint->root,"
          " &seen->root)) {", "witness_core_test", "another_root_of_one_size_conflicts"),
    Plant("witness takes any proof", f"{WITNESS}/witness.c",
          "    if (!is_proved(submission, seen)) {",
          "    if (!PLANTED && !is_proved(submission, seen)) {",
          "witness_core_test", "a_history_that_does_not_carry_on_is_refused"),
    Plant("witness that knows more not heard", f"{WITNESS}/client.c",
          "    if (told > audit_size(seer->client->watch.log)) {",
          "    if (!PLANTED && told > audit_size(seer->client->watch.log)) {",
          "witness_client_test", "a_witness_that_knows_more_freezes_the_log"),
]


def number(plant):
    return PLANTS.index(plant) + 1


def sources():
    return sorted({plant.source for plant in PLANTS})


def copy_of(source):
    text = (ROOT / source).read_text(encoding="utf-8")
    for plant in PLANTS:
        if plant.source != source:
            continue
        if text.count(plant.before) != 1:
            sys.exit(f"plants.py: {plant.name}: not exactly once in {source}:\n{plant.before}")
        text = text.replace(plant.before,
                            plant.after.replace("PLANTED", f"plant_is({number(plant)})"))
    return '#include "tests/plants/plant.h"\n' + text


def main(words):
    if words == ["--files"]:
        print(";".join(sources()))
    elif len(words) == 3 and words[0] == "--make":
        pathlib.Path(words[2]).write_text(copy_of(words[1]), encoding="utf-8")
    elif words == ["--programs"]:
        print(";".join(sorted({plant.program for plant in PLANTS})))
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
