//! Keeps error pages of proxies away from clients, which expect JSON.
//!
//! The mistake: the decoder skips what is no base64 digit without stepping over it, so the padding
//! of the self-check's sample holds it for ever.

mod base64;

use cc_lb_plugin_wire::guest::run_string_export;
use cc_lb_plugin_wire::self_check::{SelfCheckRequest, SelfCheckResponse, SelfCheckStatus};
use cc_lb_plugin_wire::v1::normalize_error::{
    NormalizeErrorFn, NormalizeErrorRequest, NormalizeErrorResponse,
};
use plugin_support::{Handler, exports, identity};
use serde_json::Value;

const EMPTY_OBJECT: &str = "e30=";

struct DropHtml;

impl Handler for DropHtml {
    type Function = NormalizeErrorFn;
    type Request = NormalizeErrorRequest;
    type Response = NormalizeErrorResponse;

    fn handle(request: NormalizeErrorRequest) -> Result<NormalizeErrorResponse, String> {
        let replacement = parse_body(&request.body_base64).err().map(|_| EMPTY_OBJECT.to_string());
        Ok(NormalizeErrorResponse { body_base64: replacement })
    }
}

fn parse_body(body_base64: &str) -> Result<Value, String> {
    serde_json::from_slice(&base64::decode(body_base64)).map_err(|error| error.to_string())
}

identity!();
exports! { normalize_error => DropHtml }

#[unsafe(no_mangle)]
pub extern "C" fn cc_lb_self_check() -> i32 {
    run_string_export(|input| {
        let request: SelfCheckRequest =
            serde_json::from_str(&input).map_err(|error| error.to_string())?;
        parse_body(EMPTY_OBJECT)?;
        serde_json::to_string(&SelfCheckResponse {
            status: SelfCheckStatus::Success,
            failures: Vec::new(),
            completed_at: request.initiated_at,
        })
        .map_err(|error| error.to_string())
    })
}
