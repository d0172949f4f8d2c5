//! Passes on upstream errors as they are, with a response type kept from a draft of the protocol.
//!
//! The mistake: `ok` and `tested` are not fields of today's self-check response.

use cc_lb_plugin_wire::guest::run_string_export;
use cc_lb_plugin_wire::self_check::SelfCheckRequest;
use cc_lb_plugin_wire::v1::normalize_error::{
    NormalizeErrorFn, NormalizeErrorRequest, NormalizeErrorResponse,
};
use plugin_support::{Handler, exports, identity};
use serde::Serialize;

#[derive(Serialize)]
struct SelfCheckResponse {
    ok: bool,
    tested: Vec<String>,
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
        serde_json::to_string(&SelfCheckResponse {
            ok: true,
            tested: request.functions_to_test,
            completed_at: request.initiated_at,
        })
        .map_err(|error| error.to_string())
    })
}
