//! Adds up what a request cost, for as long as the host keeps the plugin's instance.

use std::cell::RefCell;

use cc_lb_plugin_wire::v1::ObserveEventWire;
use cc_lb_plugin_wire::v1::observe::{ObserveFn, ObserveRequest, ObserveResponse};
use plugin_support::{Handler, plugin};

#[derive(Default)]
struct Totals {
    requests: u64,
    errors: u64,
    tokens: u64,
    milliseconds: u64,
}

thread_local! {
    static TOTALS: RefCell<Totals> = RefCell::default();
}

impl Totals {
    fn add(&mut self, event: &ObserveEventWire) {
        match event {
            ObserveEventWire::RequestStarted { .. } => self.requests += 1,
            ObserveEventWire::Error { .. } => self.errors += 1,
            ObserveEventWire::RequestFinished {
                input_tokens, output_tokens, duration_ms, ..
            } => {
                self.tokens += input_tokens.unwrap_or(0) + output_tokens.unwrap_or(0);
                self.milliseconds += duration_ms;
            }
            _ => {}
        }
    }
}

struct Observe;

impl Handler for Observe {
    type Function = ObserveFn;
    type Request = ObserveRequest;
    type Response = ObserveResponse;

    fn handle(request: ObserveRequest) -> Result<ObserveResponse, String> {
        TOTALS.with_borrow_mut(|totals| request.events.iter().for_each(|event| totals.add(event)));
        Ok(ObserveResponse {})
    }
}

plugin! { observe => Observe }
