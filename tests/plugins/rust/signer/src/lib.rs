//! Signs requests with an API key that the operator keeps in the factory's state.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cc_lb_plugin_wire::v1::build_signer::{BuildSignerFn, BuildSignerRequest, BuildSignerResponse};
use cc_lb_plugin_wire::v1::on_unauthorized::{
    OnUnauthorizedFn, OnUnauthorizedRequest, OnUnauthorizedResponse,
};
use cc_lb_plugin_wire::v1::sign::{SignFn, SignRequest, SignResponse};
use cc_lb_plugin_wire::v1::{HeaderWire, UpstreamErrorCategory};
use plugin_support::{Handler, plugin};
use serde_json::{Value, json};

struct BuildSigner;

impl Handler for BuildSigner {
    type Function = BuildSignerFn;
    type Request = BuildSignerRequest;
    type Response = BuildSignerResponse;

    fn handle(request: BuildSignerRequest) -> Result<BuildSignerResponse, String> {
        let keys = match &request.factory_state["api_keys"] {
            Value::Array(keys) if !keys.is_empty() => keys.clone(),
            _ => return Err("factory state has no api_keys".to_string()),
        };
        Ok(BuildSignerResponse { signer_state: json!({ "keys": keys, "current": 0 }) })
    }
}

struct Sign;

impl Handler for Sign {
    type Function = SignFn;
    type Request = SignRequest;
    type Response = SignResponse;

    fn handle(request: SignRequest) -> Result<SignResponse, String> {
        let key = current_key(&request.signer_state).ok_or("signer state has no current key")?;
        let mut headers = request.shaped.headers;
        headers.retain(|header| !header.name.eq_ignore_ascii_case("x-api-key"));
        headers
            .push(HeaderWire { name: "x-api-key".to_string(), value_base64: STANDARD.encode(key) });
        Ok(SignResponse { url: None, method: None, headers: Some(headers), body_base64: None })
    }
}

struct OnUnauthorized;

impl Handler for OnUnauthorized {
    type Function = OnUnauthorizedFn;
    type Request = OnUnauthorizedRequest;
    type Response = OnUnauthorizedResponse;

    /// A refused key is replaced by the next one, until none is left.
    fn handle(request: OnUnauthorizedRequest) -> Result<OnUnauthorizedResponse, String> {
        let mut signer_state = request.signer_state;
        if request.error.category == UpstreamErrorCategory::Unauthorized {
            let next = signer_state["current"].as_u64().unwrap_or(0) + 1;
            signer_state["current"] = next.into();
        }
        let decision = if current_key(&signer_state).is_some() { "retry" } else { "fail" };
        Ok(OnUnauthorizedResponse { decision: decision.to_string(), signer_state })
    }
}

fn current_key(signer_state: &Value) -> Option<&str> {
    let current = usize::try_from(signer_state["current"].as_u64()?).ok()?;
    signer_state["keys"].get(current)?.as_str()
}

plugin! {
    build_signer => BuildSigner,
    sign => Sign,
    on_unauthorized => OnUnauthorized,
}
