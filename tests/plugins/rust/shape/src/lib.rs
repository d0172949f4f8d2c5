//! Sends a request to the Anthropic API under the headers and the path that it expects today.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cc_lb_plugin_wire::v1::HeaderWire;
use cc_lb_plugin_wire::v1::shape::{ShapeFn, ShapeRequest, ShapeResponse};
use plugin_support::{Handler, plugin};

const UPSTREAM: &str = "https://api.anthropic.com";
const API_VERSION: &str = "2023-06-01";

/// Headers of the connection between client and load balancer; they mean nothing upstream.
const HOP_BY_HOP: [&str; 5] = ["connection", "host", "keep-alive", "te", "transfer-encoding"];

struct Shape;

impl Handler for Shape {
    type Function = ShapeFn;
    type Request = ShapeRequest;
    type Response = ShapeResponse;

    fn handle(shape: ShapeRequest) -> Result<ShapeResponse, String> {
        let request = shape.request;
        let mut headers: Vec<HeaderWire> = request
            .headers
            .into_iter()
            .filter(|header| !HOP_BY_HOP.contains(&header.name.to_ascii_lowercase().as_str()))
            .collect();
        if !headers.iter().any(|header| header.name.eq_ignore_ascii_case("anthropic-version")) {
            headers.push(HeaderWire {
                name: "anthropic-version".to_string(),
                value_base64: STANDARD.encode(API_VERSION),
            });
        }

        let query = request.query.map(|query| format!("?{query}")).unwrap_or_default();
        Ok(ShapeResponse {
            url: format!("{UPSTREAM}{}{query}", request.path),
            method: request.method,
            headers,
            body_base64: request.body_base64,
        })
    }
}

plugin! { shape => Shape }
