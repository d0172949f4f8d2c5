//! Tells clients that ran into a limit what another model would cost.
//!
//! The mistake: one failure for each price that is missing, 20 of them, where the host takes 16.

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

const MODELS: [&str; 5] = ["opus", "sonnet", "haiku", "sonnet-long-context", "haiku-batch"];
const REGIONS: [&str; 5] = ["global", "us", "eu", "ap", "sa"];

/// Cents for a million tokens. Only the worldwide prices are entered so far.
fn price(model: &str, region: &str) -> Option<u32> {
    match (model, region) {
        ("opus", "global") => Some(1500),
        ("sonnet", "global") => Some(300),
        ("haiku", "global") => Some(80),
        ("sonnet-long-context", "global") => Some(600),
        ("haiku-batch", "global") => Some(40),
        _ => None,
    }
}

fn missing_prices() -> impl Iterator<Item = SelfCheckFailure> {
    MODELS
        .iter()
        .flat_map(|model| REGIONS.iter().map(move |region| (model, region)))
        .filter(|(model, region)| price(model, region).is_none())
        .map(|(model, region)| SelfCheckFailure {
            stage: SelfCheckStage::CapabilityVerification,
            message: format!("no price for {model} in {region}"),
        })
}

struct NameCost;

impl Handler for NameCost {
    type Function = NormalizeErrorFn;
    type Request = NormalizeErrorRequest;
    type Response = NormalizeErrorResponse;

    fn handle(request: NormalizeErrorRequest) -> Result<NormalizeErrorResponse, String> {
        let worldwide = MODELS.iter().filter_map(|model| price(model, "global"));
        let cheapest = worldwide.min().filter(|_| request.status == 429);
        let body = cheapest.map(|cents| format!("the cheapest model costs {cents} cents"));
        Ok(NormalizeErrorResponse { body_base64: body.map(|body| STANDARD.encode(body)) })
    }
}

identity!();
exports! { normalize_error => NameCost }

#[unsafe(no_mangle)]
pub extern "C" fn cc_lb_self_check() -> i32 {
    run_string_export(|input| {
        let request: SelfCheckRequest =
            serde_json::from_str(&input).map_err(|error| error.to_string())?;
        let failures: Vec<_> = missing_prices().collect();
        let status =
            if failures.is_empty() { SelfCheckStatus::Success } else { SelfCheckStatus::Failure };
        let completed_at = request.initiated_at;
        serde_json::to_string(&SelfCheckResponse { status, failures, completed_at })
            .map_err(|error| error.to_string())
    })
}
