//! Observes nothing.
//!
//! The mistake: it takes the second word of an input that has none. Its profile does not ask for
//! `panic = "abort"`, and the standard library is the one that comes with Rust, so that a panic takes
//! the long way to an abort.

use cc_lb_plugin_wire::guest::run_string_export;
use plugin_support::identity;

identity!();

fn second_word(text: &str) -> &str {
    text.split(' ').nth(1).unwrap()
}

#[unsafe(no_mangle)]
pub extern "C" fn cc_lb_self_check() -> i32 {
    run_string_export(|input| Ok(second_word(&input).to_string()))
}
