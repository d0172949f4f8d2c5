//! Observes nothing, and panics in every way that a plugin can.
//!
//! The mistake: the self-check borrows a `RefCell` that it has borrowed. The exports of `ways` show
//! what other panics look like from outside.

mod ways;

use std::cell::RefCell;

use cc_lb_plugin_wire::guest::run_string_export;
use plugin_support::identity;

struct Log {
    lines: RefCell<Vec<String>>,
}

impl Log {
    fn copy(&self) {
        for line in self.lines.borrow().iter() {
            self.lines.borrow_mut().push(line.clone());
        }
    }
}

identity!();

#[unsafe(no_mangle)]
pub extern "C" fn cc_lb_self_check() -> i32 {
    run_string_export(|input| {
        let log = Log { lines: RefCell::new(vec![input]) };
        log.copy();
        Ok(log.lines.take().concat())
    })
}
