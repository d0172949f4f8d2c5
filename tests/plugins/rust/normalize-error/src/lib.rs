//! Gives every upstream error the form that Anthropic's own have.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cc_lb_plugin_wire::v1::normalize_error::{
    NormalizeErrorFn, NormalizeErrorRequest, NormalizeErrorResponse,
};
use plugin_support::{Handler, plugin};
use serde_json::{Value, json};

struct NormalizeError;

impl Handler for NormalizeError {
    type Function = NormalizeErrorFn;
    type Request = NormalizeErrorRequest;
    type Response = NormalizeErrorResponse;

    fn handle(request: NormalizeErrorRequest) -> Result<NormalizeErrorResponse, String> {
        let body = STANDARD.decode(&request.body_base64).map_err(|error| error.to_string())?;
        let told: Value = serde_json::from_slice(&body).unwrap_or(Value::Null);
        if told["type"] == "error" {
            return Ok(NormalizeErrorResponse { body_base64: None });
        }

        let message = told["message"].as_str().unwrap_or("the upstream gave no message");
        let error = json!({
            "type": "error",
            "error": { "type": error_type(request.status), "message": message },
        });
        Ok(NormalizeErrorResponse { body_base64: Some(STANDARD.encode(error.to_string())) })
    }
}

fn error_type(status: u16) -> &'static str {
    match status {
        400 => "invalid_request_error",
        401 => "authentication_error",
        403 => "permission_error",
        404 => "not_found_error",
        413 => "request_too_large",
        429 => "rate_limit_error",
        529 => "overloaded_error",
        _ => "api_error",
    }
}

plugin! { normalize_error => NormalizeError }
