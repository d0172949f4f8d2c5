//! Translates errors, and checks itself against fixtures richer than the wire crate's samples.
//!
//! The mistake: the host names all seven wire functions in its request, this plugin has a fixture
//! for the one that it implements, and the lookup is unwrapped.

use cc_lb_plugin_wire::guest::run_string_export;
use cc_lb_plugin_wire::self_check::{
    SelfCheckFailure, SelfCheckRequest, SelfCheckResponse, SelfCheckStage, SelfCheckStatus,
};
use cc_lb_plugin_wire::v1::normalize_error::{
    NormalizeErrorFn, NormalizeErrorRequest, NormalizeErrorResponse,
};
use plugin_support::{Handler, exports, identity};

/// `{"type":"error","error":{"type":"rate_limit_error"}}`
const RATE_LIMITED: &str =
    "eyJ0eXBlIjoiZXJyb3IiLCJlcnJvciI6eyJ0eXBlIjoicmF0ZV9saW1pdF9lcnJvciJ9fQ==";

const FIXTURES: [(&str, &str); 1] =
    [("normalize_error", r#"{"status": 529, "body_base64": "eyJlcnJvciI6Im92ZXJsb2FkZWQifQ=="}"#)];

struct Translate;

impl Handler for Translate {
    type Function = NormalizeErrorFn;
    type Request = NormalizeErrorRequest;
    type Response = NormalizeErrorResponse;

    fn handle(request: NormalizeErrorRequest) -> Result<NormalizeErrorResponse, String> {
        // Clients know 429 and leave us alone for a while; 529 they do not know.
        let known = request.status != 529;
        let body_base64 = (!known).then(|| RATE_LIMITED.to_string());
        Ok(NormalizeErrorResponse { body_base64 })
    }
}

fn fixture_for(function: &str) -> &'static str {
    FIXTURES.iter().find(|(name, _)| *name == function).map(|(_, fixture)| *fixture).unwrap()
}

fn check_fixture(function: &str) -> Option<SelfCheckFailure> {
    let request = serde_json::from_str::<NormalizeErrorRequest>(fixture_for(function));
    let error = request.map_err(|error| error.to_string()).and_then(Translate::handle).err()?;
    Some(SelfCheckFailure { stage: SelfCheckStage::WireFunctionTest, message: error })
}

identity!();
exports! { normalize_error => Translate }

#[unsafe(no_mangle)]
pub extern "C" fn cc_lb_self_check() -> i32 {
    run_string_export(|input| {
        let request: SelfCheckRequest =
            serde_json::from_str(&input).map_err(|error| error.to_string())?;
        let failures: Vec<_> = request
            .functions_to_test
            .iter()
            .filter_map(|function| check_fixture(function))
            .collect();
        let status =
            if failures.is_empty() { SelfCheckStatus::Success } else { SelfCheckStatus::Failure };
        let completed_at = request.initiated_at;
        serde_json::to_string(&SelfCheckResponse { status, failures, completed_at })
            .map_err(|error| error.to_string())
    })
}
