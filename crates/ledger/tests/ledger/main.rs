//! The ledger's promises, kept by both databases: every function of `conformance!` runs on SQLite and on a PostgreSQL that the
//! tests start themselves. What only one of them can do, or suffer, has its own module.

// The lint table allows these in functions marked as tests; here helpers stand beside them.
#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::print_stdout)]

mod backup;
mod bitemporal;
mod closings;
mod concurrency;
mod crash;
mod disk;
mod events;
mod opening;
mod postgres;
mod properties;
mod sets;
mod sqlite;
mod standing;
mod submission;
mod support;
mod verification;

/// Runs each function on a fresh store of both kinds.
macro_rules! conformance {
    ($($module:ident: $($name:ident),+;)+) => {
        mod on_sqlite {
            $(mod $module { $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::$module::$name(crate::support::Store::sqlite()).await;
                }
            )+ })+
        }
        mod on_postgres {
            $(mod $module { $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $name() {
                    crate::$module::$name(crate::support::Store::postgres()).await;
                }
            )+ })+
        }
    };
}

conformance! {
    submission:
        an_empty_ledger_has_a_genesis,
        a_batch_comes_back_as_it_went_in,
        a_replay_gives_the_first_receipt,
        a_reused_id_is_refused,
        a_moved_head_is_refused,
        a_refused_batch_leaves_nothing_and_names_every_reason,
        a_hundred_violations_are_listed_and_all_are_counted,
        overlapping_grains_are_refused_even_with_a_reason,
        malformed_batches_are_refused,
        pages_follow_one_another;
    bitemporal:
        a_correction_needs_a_reason_and_supersedes,
        every_sequence_keeps_its_answer,
        every_moment_keeps_its_answer,
        moments_grow_when_the_clock_does_not;
    closings:
        a_closing_takes_its_place_in_the_chain,
        the_same_closing_again_is_the_first,
        a_closed_period_changes_only_with_a_reason,
        malformed_closings_are_refused;
    verification:
        an_intact_ledger_is_counted,
        every_altered_column_is_found,
        every_byte_of_a_pack_is_verified,
        facts_behind_the_end_of_a_pack_are_found,
        appended_or_removed_rows_are_found;
    opening:
        a_restart_keeps_everything,
        other_columns_are_refused,
        a_schema_may_grow_at_its_end,
        what_was_before_a_growth_is_still_verified,
        a_newer_version_is_refused,
        a_store_without_events_is_brought_up,
        a_store_with_an_index_of_facts_is_brought_up,
        a_store_with_facts_in_rows_is_brought_up,
        a_store_that_cannot_be_read_is_not_brought_up;
    sets:
        sets_that_are_not_those_of_the_facts_are_found,
        a_correction_that_passed_as_new_is_found_afterwards;
    concurrency:
        fifty_identical_submissions_have_one_effect,
        writers_that_catch_up_all_succeed,
        a_caller_that_leaves_leaves_all_or_nothing,
        subscribers_hear_of_a_new_head;
    events:
        events_come_back_as_they_went_in,
        an_event_is_found_by_its_identity,
        feeds_say_which_numbers_are_missing,
        few_and_many_come_back_alike,
        who_records_learns_where_the_ledger_stands,
        an_event_is_recorded_once,
        events_are_the_reason_of_what_they_supersede,
        events_in_a_closed_period_need_a_reason,
        malformed_events_are_refused,
        pages_of_events_follow_one_another;
    backup:
        a_copy_made_under_load_has_all_that_was_acknowledged;
    crash:
        a_killed_writer_loses_nothing_acknowledged;
}
