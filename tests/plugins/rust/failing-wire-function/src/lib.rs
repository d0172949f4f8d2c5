//! Shapes requests and passes on errors, with types copied from an old checkout of cc-lb.
//!
//! The mistake: two of the copies have aged. A request had no query then, and a body was not yet
//! called base64. The self-check itself is right, and says so.

use cc_lb_plugin_wire::v1::normalize_error::{NormalizeErrorFn, NormalizeErrorRequest};
use cc_lb_plugin_wire::v1::shape::{ShapeFn, ShapeResponse};
use cc_lb_plugin_wire::v1::{HeaderWire, Principal, UpstreamWire};
use plugin_support::{Handler, plugin};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestWire {
    request_id: String,
    headers: Vec<HeaderWire>,
    method: String,
    path: String,
    body_base64: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ShapeRequest {
    request: RequestWire,
    upstream: UpstreamWire,
    principal: Principal,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct NormalizeErrorResponse {
    body: Option<String>,
}

struct Shape;

impl Handler for Shape {
    type Function = ShapeFn;
    type Request = ShapeRequest;
    type Response = ShapeResponse;

    fn handle(shape: ShapeRequest) -> Result<ShapeResponse, String> {
        Ok(ShapeResponse {
            url: format!("https://api.anthropic.com{}", shape.request.path),
            method: shape.request.method,
            headers: shape.request.headers,
            body_base64: shape.request.body_base64,
        })
    }
}

struct PassOn;

impl Handler for PassOn {
    type Function = NormalizeErrorFn;
    type Request = NormalizeErrorRequest;
    type Response = NormalizeErrorResponse;

    fn handle(_: NormalizeErrorRequest) -> Result<NormalizeErrorResponse, String> {
        Ok(NormalizeErrorResponse { body: None })
    }
}

plugin! {
    shape => Shape,
    normalize_error => PassOn,
}
