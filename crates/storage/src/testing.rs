//! The conformance suite: what every backend must do, whatever it is made of.
//!
//! Each case gets a fresh, empty backend. What only some can do is asked for through
//! [`Capabilities`](crate::Capabilities), so a backend that says it can is held to it.

#![allow(clippy::expect_used, reason = "a failed expectation is what these functions are for")]

mod answers;
mod directories;
mod files;
mod links;
mod names;
mod staged;
mod support;
mod writes;

use crate::Backend;
use std::sync::Arc;

/// Runs every case that the backend's capabilities call for. Panics at the first that fails.
pub async fn all(fresh: &dyn Fn() -> Arc<dyn Backend>) {
    files::round_trip(&*fresh()).await;
    files::reads_end_where_the_file_ends(&*fresh()).await;
    files::opens_say_what_is_wrong(&*fresh()).await;
    files::overwrite_replaces_everything(&*fresh()).await;
    files::exclusive_create_has_one_winner(&fresh()).await;
    files::removal(&*fresh()).await;
    files::abort_of_a_new_file_leaves_none(&*fresh()).await;
    directories::making_and_removing(&*fresh()).await;
    directories::listing_gives_each_name_once(&*fresh()).await;
    directories::listing_what_is_none(&*fresh()).await;
    names::bytes_are_kept(&*fresh()).await;
    names::rename_moves_and_replaces(&*fresh()).await;
    names::rename_without_replacing(&*fresh()).await;
    answers::nothing_there(&*fresh()).await;
    answers::answers_for_all(&*fresh()).await;
    answers::moves_into_another(&*fresh(), &*fresh()).await;
    answers::a_dropped_writer_is_aborted(&*fresh()).await;
    answers::handles_say_what_they_are(&*fresh()).await;
    let capabilities = fresh().capabilities();
    if capabilities.rename_directories {
        names::rename_of_directories(&*fresh()).await;
    }
    if capabilities.random_write {
        writes::any_offset_any_order(&*fresh()).await;
        writes::later_write_wins(&*fresh()).await;
        writes::appending_goes_to_the_end(&*fresh()).await;
        writes::existing_content_is_kept(&*fresh()).await;
        writes::read_back(&*fresh()).await;
        writes::many_pieces_are_one_write(&*fresh()).await;
        writes::sizes_are_set(&*fresh()).await;
    }
    if capabilities.attributes {
        writes::attributes_are_set(&*fresh()).await;
    }
    staged::nothing_is_seen_before_the_end(&*fresh()).await;
    staged::an_abort_leaves_the_old_file(&*fresh()).await;
    staged::exclusive_until_the_end(&*fresh()).await;
    if capabilities.random_write {
        staged::an_abort_may_publish_what_came(&*fresh()).await;
        staged::in_place_writes_work_on_a_copy(&*fresh()).await;
    }
    if fresh().links().is_some() {
        links::lead_where_they_point(&*fresh()).await;
        links::dangling_and_looping(&*fresh()).await;
        links::act_as_nodes(&*fresh()).await;
        links::hard_links_share_a_file(&*fresh()).await;
    }
}
