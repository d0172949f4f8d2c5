//! Passes on upstream errors as they are, and takes the host's list of functions for a list of demands.
//!
//! The mistake: a function that this plugin does not implement makes the check fail, but no failure
//! says so.

use cc_lb_plugin_wire::guest::run_string_export;
use cc_lb_plugin_wire::self_check::{
    SelfCheckFailure, SelfCheckRequest, SelfCheckResponse, SelfCheckStage, SelfCheckStatus,
};
use cc_lb_plugin_wire::v1::normalize_error::{
    NormalizeErrorFn, NormalizeErrorRequest, NormalizeErrorResponse,
};
use plugin_support::{Handler, exports, identity, round_trip};

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
    run_string_export(|input| {
        let request: SelfCheckRequest =
            serde_json::from_str(&input).map_err(|error| error.to_string())?;
        let mut status = SelfCheckStatus::Success;
        let mut failures = Vec::new();
        for function in &request.functions_to_test {
            if function != "normalize_error" {
                status = SelfCheckStatus::Failure;
                continue;
            }
            if let Err(message) = round_trip::<PassOn>() {
                status = SelfCheckStatus::Failure;
                let stage = SelfCheckStage::WireFunctionTest;
                failures.push(SelfCheckFailure { stage, message });
            }
        }
        let completed_at = request.initiated_at;
        serde_json::to_string(&SelfCheckResponse { status, failures, completed_at })
            .map_err(|error| error.to_string())
    })
}
