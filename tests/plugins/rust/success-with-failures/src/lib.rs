//! Passes on upstream errors as they are, and mentions functions of the host that it has no use for.
//!
//! The mistake: a list of failures is no place for remarks; the host refuses a success that has one.

use cc_lb_plugin_wire::guest::run_string_export;
use cc_lb_plugin_wire::self_check::{
    SelfCheckFailure, SelfCheckRequest, SelfCheckResponse, SelfCheckStage, SelfCheckStatus,
};
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
    run_string_export(|input| {
        let request: SelfCheckRequest =
            serde_json::from_str(&input).map_err(|error| error.to_string())?;
        let skipped = request.functions_to_test.iter().filter(|name| *name != "normalize_error");
        let failures = skipped
            .map(|name| SelfCheckFailure {
                stage: SelfCheckStage::RequestPreparation,
                message: format!("{name} skipped: not implemented by this plugin"),
            })
            .collect();
        serde_json::to_string(&SelfCheckResponse {
            status: SelfCheckStatus::Success,
            failures,
            completed_at: request.initiated_at,
        })
        .map_err(|error| error.to_string())
    })
}
