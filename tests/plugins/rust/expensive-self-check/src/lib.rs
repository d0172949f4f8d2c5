//! Signs requests with a key stretched from a passphrase.
//!
//! The mistake: the self-check stretches a key too, with as many rounds as one would ask of a
//! password store. It would end, long after the host's fuel has run out.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cc_lb_plugin_wire::guest::run_string_export;
use cc_lb_plugin_wire::self_check::{SelfCheckRequest, SelfCheckResponse, SelfCheckStatus};
use cc_lb_plugin_wire::v1::HeaderWire;
use cc_lb_plugin_wire::v1::build_signer::{BuildSignerFn, BuildSignerRequest, BuildSignerResponse};
use cc_lb_plugin_wire::v1::sign::{SignFn, SignRequest, SignResponse};
use plugin_support::{Handler, exports, identity};
use serde_json::json;
use sha2::{Digest, Sha256};

const ROUNDS: usize = 600_000;

fn stretch(passphrase: &str) -> [u8; 32] {
    let mut key: [u8; 32] = Sha256::digest(passphrase).into();
    for _ in 1..ROUNDS {
        key = Sha256::digest(key).into();
    }
    key
}

struct BuildSigner;

impl Handler for BuildSigner {
    type Function = BuildSignerFn;
    type Request = BuildSignerRequest;
    type Response = BuildSignerResponse;

    fn handle(request: BuildSignerRequest) -> Result<BuildSignerResponse, String> {
        let passphrase = request.factory_state["passphrase"]
            .as_str()
            .ok_or("factory state has no passphrase")?;
        Ok(BuildSignerResponse { signer_state: json!(STANDARD.encode(stretch(passphrase))) })
    }
}

struct Sign;

impl Handler for Sign {
    type Function = SignFn;
    type Request = SignRequest;
    type Response = SignResponse;

    fn handle(request: SignRequest) -> Result<SignResponse, String> {
        let key = request.signer_state.as_str().ok_or("signer state is not a key")?;
        let signature = Sha256::digest(format!("{key}{}", request.shaped.body_base64));
        let mut headers = request.shaped.headers;
        headers.push(HeaderWire {
            name: "x-signature".to_string(),
            value_base64: STANDARD.encode(signature),
        });
        Ok(SignResponse { url: None, method: None, headers: Some(headers), body_base64: None })
    }
}

identity!();
exports! {
    build_signer => BuildSigner,
    sign => Sign,
}

#[unsafe(no_mangle)]
pub extern "C" fn cc_lb_self_check() -> i32 {
    run_string_export(|input| {
        let request: SelfCheckRequest =
            serde_json::from_str(&input).map_err(|error| error.to_string())?;
        if stretch("self-check") == stretch(&input) {
            return Err("two passphrases gave one key".to_string());
        }
        serde_json::to_string(&SelfCheckResponse {
            status: SelfCheckStatus::Success,
            failures: Vec::new(),
            completed_at: request.initiated_at,
        })
        .map_err(|error| error.to_string())
    })
}
