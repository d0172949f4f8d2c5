//! Passes on upstream errors as they are and stamps its self-check with the clock of a browser.
//!
//! The mistake: there is no browser. wasm-bindgen, which chrono and getrandom bring along as well,
//! leaves imports that no cc-lb host has.

use cc_lb_plugin_wire::guest::run_string_export;
use cc_lb_plugin_wire::self_check::{SelfCheckResponse, SelfCheckStatus};
use cc_lb_plugin_wire::v1::normalize_error::{
    NormalizeErrorFn, NormalizeErrorRequest, NormalizeErrorResponse,
};
use plugin_support::{Handler, exports, identity};
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Date)]
    fn now() -> f64;
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
    run_string_export(|_| {
        serde_json::to_string(&SelfCheckResponse {
            status: SelfCheckStatus::Success,
            failures: Vec::new(),
            completed_at: (now() / 1000.0) as i64,
        })
        .map_err(|error| error.to_string())
    })
}
