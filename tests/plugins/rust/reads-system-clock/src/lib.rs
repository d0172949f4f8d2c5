//! Passes on upstream errors as they are and stamps its self-check with the time of day.
//!
//! The mistake: `wasm32-unknown-unknown` has no clock, and `SystemTime::now` panics there.

use std::time::{SystemTime, UNIX_EPOCH};

use cc_lb_plugin_wire::guest::run_string_export;
use cc_lb_plugin_wire::self_check::{SelfCheckResponse, SelfCheckStatus};
use cc_lb_plugin_wire::v1::normalize_error::{
    NormalizeErrorFn, NormalizeErrorRequest, NormalizeErrorResponse,
};
use plugin_support::{Handler, exports, identity};

struct PassOn;

impl Handler for PassOn {
    type Function = NormalizeErrorFn;
    type Request = NormalizeErrorRequest;
    type Response = NormalizeErrorResponse;

    fn handle(_: NormalizeErrorRequest) -> Result<NormalizeErrorResponse, String> {
        Ok(NormalizeErrorResponse { body_base64: None })
    }
}

fn now() -> Result<i64, String> {
    let elapsed =
        SystemTime::now().duration_since(UNIX_EPOCH).map_err(|error| error.to_string())?;
    i64::try_from(elapsed.as_secs()).map_err(|error| error.to_string())
}

identity!();
exports! { normalize_error => PassOn }

#[unsafe(no_mangle)]
pub extern "C" fn cc_lb_self_check() -> i32 {
    run_string_export(|_| {
        serde_json::to_string(&SelfCheckResponse {
            status: SelfCheckStatus::Success,
            failures: Vec::new(),
            completed_at: now()?,
        })
        .map_err(|error| error.to_string())
    })
}
