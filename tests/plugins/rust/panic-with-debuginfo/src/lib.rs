//! Tells clients which quota an upstream's refusal may be about.
//!
//! The mistake: `quota::window` takes the fourth part of any header's name, and the self-check
//! shows it one that has two. The release profile keeps debug information, so that a backtrace
//! can say where.

mod quota;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cc_lb_plugin_wire::guest::run_string_export;
use cc_lb_plugin_wire::self_check::{SelfCheckRequest, SelfCheckResponse, SelfCheckStatus};
use cc_lb_plugin_wire::v1::normalize_error::{
    NormalizeErrorFn, NormalizeErrorRequest, NormalizeErrorResponse,
};
use plugin_support::{Handler, exports, identity};

const QUOTA_HEADERS: [&str; 3] = [
    "anthropic-ratelimit-unified-5h-utilization",
    "anthropic-ratelimit-unified-7d-utilization",
    "retry-after",
];

struct NameWindows;

impl Handler for NameWindows {
    type Function = NormalizeErrorFn;
    type Request = NormalizeErrorRequest;
    type Response = NormalizeErrorResponse;

    fn handle(request: NormalizeErrorRequest) -> Result<NormalizeErrorResponse, String> {
        let hint = format!("a quota is used up, one of {}", known_windows().join(", "));
        let body_base64 = (request.status == 429).then(|| STANDARD.encode(hint));
        Ok(NormalizeErrorResponse { body_base64 })
    }
}

fn known_windows() -> Vec<&'static str> {
    QUOTA_HEADERS.iter().map(|header| quota::window(header)).collect()
}

identity!();
exports! { normalize_error => NameWindows }

#[unsafe(no_mangle)]
pub extern "C" fn cc_lb_self_check() -> i32 {
    run_string_export(|input| {
        let request: SelfCheckRequest =
            serde_json::from_str(&input).map_err(|error| error.to_string())?;
        if known_windows().is_empty() {
            return Err("no quota window is known".to_string());
        }
        serde_json::to_string(&SelfCheckResponse {
            status: SelfCheckStatus::Success,
            failures: Vec::new(),
            completed_at: request.initiated_at,
        })
        .map_err(|error| error.to_string())
    })
}
