//! Watches what requests cost.
//!
//! The mistake is in the build, not here: without optimisation, the same self-check burns all of its
//! fuel that takes a fraction of it in a release build.

use cc_lb_plugin_wire::guest::run_string_export;
use cc_lb_plugin_wire::self_check::{SelfCheckRequest, SelfCheckResponse, SelfCheckStatus};
use cc_lb_plugin_wire::v1::observe::{ObserveFn, ObserveRequest, ObserveResponse};
use plugin_support::{Handler, exports, identity};

const SAMPLES: u64 = 50_000;

/// What requests of so many tokens cost, dearest first.
fn prices(samples: u64) -> Vec<u64> {
    let mut prices: Vec<u64> = (0..samples).map(|tokens| tokens * 3 % 97).collect();
    prices.sort_unstable_by(|left, right| right.cmp(left));
    prices
}

struct Observe;

impl Handler for Observe {
    type Function = ObserveFn;
    type Request = ObserveRequest;
    type Response = ObserveResponse;

    fn handle(_: ObserveRequest) -> Result<ObserveResponse, String> {
        Ok(ObserveResponse {})
    }
}

identity!();
exports! { observe => Observe }

#[unsafe(no_mangle)]
pub extern "C" fn cc_lb_self_check() -> i32 {
    run_string_export(|input| {
        let request: SelfCheckRequest =
            serde_json::from_str(&input).map_err(|error| error.to_string())?;
        if prices(SAMPLES).first() != Some(&96) {
            return Err("no request costs 96".to_string());
        }
        serde_json::to_string(&SelfCheckResponse {
            status: SelfCheckStatus::Success,
            failures: Vec::new(),
            completed_at: request.initiated_at,
        })
        .map_err(|error| error.to_string())
    })
}
