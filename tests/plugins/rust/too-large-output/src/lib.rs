//! Shortens the bodies of upstream errors, and reports every detail of what it finds wrong.
//!
//! The mistake: each failure quotes the whole document that it is about, and together they exceed
//! what the host reads.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cc_lb_plugin_wire::guest::run_string_export;
use cc_lb_plugin_wire::self_check::{
    SelfCheckFailure, SelfCheckRequest, SelfCheckResponse, SelfCheckStage, SelfCheckStatus,
};
use cc_lb_plugin_wire::v1::normalize_error::{
    NormalizeErrorFn, NormalizeErrorRequest, NormalizeErrorResponse,
};
use plugin_support::{Handler, exports, identity};

/// In base64's characters, which makes it no whole number of bytes: the failures are just.
const BODY_MAX: usize = 150;

/// The sizes of body, in bytes, that the plugin tries itself on.
const SIZES: [usize; 4] = [16, 256, 2048, 8192];

struct Shorten;

impl Handler for Shorten {
    type Function = NormalizeErrorFn;
    type Request = NormalizeErrorRequest;
    type Response = NormalizeErrorResponse;

    fn handle(request: NormalizeErrorRequest) -> Result<NormalizeErrorResponse, String> {
        Ok(NormalizeErrorResponse {
            body_base64: request.body_base64.get(..BODY_MAX).map(str::to_string),
        })
    }
}

fn check_body(size: usize) -> Option<SelfCheckFailure> {
    let body_base64 = STANDARD.encode("x".repeat(size));
    let request = NormalizeErrorRequest { status: 500, body_base64 };
    let asked = serde_json::to_string(&request).ok()?;
    let answer = Shorten::handle(request).ok()?;
    let error = STANDARD.decode(answer.body_base64.as_ref()?).err()?;
    let answered = serde_json::to_string(&answer).ok()?;
    Some(SelfCheckFailure {
        stage: SelfCheckStage::WireFunctionTest,
        message: format!("{error}: normalize_error answered {asked} with {answered}"),
    })
}

identity!();
exports! { normalize_error => Shorten }

#[unsafe(no_mangle)]
pub extern "C" fn cc_lb_self_check() -> i32 {
    run_string_export(|input| {
        let request: SelfCheckRequest =
            serde_json::from_str(&input).map_err(|error| error.to_string())?;
        let failures: Vec<_> = SIZES.iter().filter_map(|size| check_body(*size)).collect();
        let status =
            if failures.is_empty() { SelfCheckStatus::Success } else { SelfCheckStatus::Failure };
        let completed_at = request.initiated_at;
        serde_json::to_string(&SelfCheckResponse { status, failures, completed_at })
            .map_err(|error| error.to_string())
    })
}
