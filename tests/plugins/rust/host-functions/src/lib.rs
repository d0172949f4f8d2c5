//! Logs upstream errors through the load balancer's own log.
//!
//! The mistake is not the author's alone: a live instance gets `extism:host/user`, the instance that
//! the host checks gets none of it, so a plugin that imports it is never admitted.

use cc_lb_plugin_wire::v1::normalize_error::{
    NormalizeErrorFn, NormalizeErrorRequest, NormalizeErrorResponse,
};
use plugin_support::{Handler, plugin};

mod host {
    #[link(wasm_import_module = "extism:host/env")]
    unsafe extern "C" {
        pub fn alloc(length: u64) -> u64;
        pub fn store_u8(offset: u64, byte: u8);
        pub fn free(offset: u64);
    }

    #[link(wasm_import_module = "extism:host/user")]
    unsafe extern "C" {
        pub fn cc_lb_log(level: u64, message: u64);
    }
}

fn share(text: &str) -> u64 {
    let offset = unsafe { host::alloc(text.len() as u64) };
    for (index, byte) in text.bytes().enumerate() {
        unsafe { host::store_u8(offset + index as u64, byte) };
    }
    offset
}

fn warn(message: &str) {
    let (level, message) = (share("warn"), share(message));
    unsafe {
        host::cc_lb_log(level, message);
        host::free(message);
        host::free(level);
    }
}

struct Log;

impl Handler for Log {
    type Function = NormalizeErrorFn;
    type Request = NormalizeErrorRequest;
    type Response = NormalizeErrorResponse;

    fn handle(request: NormalizeErrorRequest) -> Result<NormalizeErrorResponse, String> {
        warn(&format!("upstream answered {}", request.status));
        Ok(NormalizeErrorResponse { body_base64: None })
    }
}

plugin! { normalize_error => Log }
