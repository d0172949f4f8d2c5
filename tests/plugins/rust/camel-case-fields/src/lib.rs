//! Passes on upstream errors as they are, with types in the style of the author's other JSON APIs.
//!
//! The mistake: `rename_all = "camelCase"` makes the host's `completed_at` a `completedAt`.

use cc_lb_plugin_wire::guest::run_string_export;
use cc_lb_plugin_wire::self_check::{SelfCheckFailure, SelfCheckRequest, SelfCheckStatus};
use cc_lb_plugin_wire::v1::normalize_error::{
    NormalizeErrorFn, NormalizeErrorRequest, NormalizeErrorResponse,
};
use plugin_support::{Handler, exports, identity};
use serde::Serialize;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    status: SelfCheckStatus,
    failures: Vec<SelfCheckFailure>,
    completed_at: i64,
}

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
        let report = Report {
            status: SelfCheckStatus::Success,
            failures: Vec::new(),
            completed_at: request.initiated_at,
        };
        serde_json::to_string(&report).map_err(|error| error.to_string())
    })
}
