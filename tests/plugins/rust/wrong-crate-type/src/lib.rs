//! Watches traffic.
//!
//! The mistake: Cargo.toml has no `crate-type = ["cdylib"]`, so this library goes into no artifact.
//! The only one that cargo writes is that of the program beside it.

use cc_lb_plugin_wire::v1::observe::{ObserveFn, ObserveRequest, ObserveResponse};
use plugin_support::{Handler, plugin};

struct Observe;

impl Handler for Observe {
    type Function = ObserveFn;
    type Request = ObserveRequest;
    type Response = ObserveResponse;

    fn handle(_: ObserveRequest) -> Result<ObserveResponse, String> {
        Ok(ObserveResponse {})
    }
}

plugin! { observe => Observe }
