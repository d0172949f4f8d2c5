//! Passes on upstream errors as they are, and writes its answer's JSON by hand.
//!
//! The mistake: a typing error in the status, which no type catches.

use cc_lb_plugin_wire::guest::run_string_export;
use cc_lb_plugin_wire::self_check::SelfCheckRequest;
use cc_lb_plugin_wire::v1::normalize_error::{
    NormalizeErrorFn, NormalizeErrorRequest, NormalizeErrorResponse,
};
use plugin_support::{Handler, exports, identity};
use serde_json::json;

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
        let response = json!({
            "status": "sucess",
            "failures": [],
            "completed_at": request.initiated_at,
        });
        Ok(response.to_string())
    })
}
