//! Passes on upstream errors as they are.
//!
//! The mistake: WebAssembly has no clock, so the author sent a zero; the host wants a time.

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

identity!();
exports! { normalize_error => PassOn }

#[unsafe(no_mangle)]
pub extern "C" fn cc_lb_self_check() -> i32 {
    run_string_export(|_| {
        serde_json::to_string(&SelfCheckResponse {
            status: SelfCheckStatus::Success,
            failures: Vec::new(),
            completed_at: 0,
        })
        .map_err(|error| error.to_string())
    })
}
