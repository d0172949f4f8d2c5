//! The part of a cc-lb plugin that every plugin repeats.
//!
//! The pdk that the author guide names is not published, so this crate does its work on the
//! published wire crate: identity section, handshake, dispatch envelope and a self-check that
//! round-trips the dry-run samples of the plugin's own handlers.

use std::collections::BTreeMap;

use cc_lb_plugin_wire::guest::run_string_export;
use cc_lb_plugin_wire::self_check::{
    SelfCheckFailure, SelfCheckRequest, SelfCheckResponse, SelfCheckStage, SelfCheckStatus,
};
use cc_lb_plugin_wire::wire_function::WireFunction;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::value::RawValue;

/// One wire function as a plugin implements it.
///
/// `Request` and `Response` are the types that the handler works on. They are the wire crate's own
/// unless the plugin brings types of its own, which is what the self-check is there to test.
pub trait Handler {
    type Function: WireFunction;
    type Request: Serialize + DeserializeOwned;
    type Response: Serialize + DeserializeOwned;

    fn handle(request: Self::Request) -> Result<Self::Response, String>;
}

/// Round-trips the dry-run samples of one handler; the error says which step failed.
pub type RoundTrip = fn() -> Result<(), String>;

/// The version of every function that this crate speaks, as JSON.
const VERSION: &str = "1";

/// An object of which only the keys are of interest.
type Fields = BTreeMap<String, Box<RawValue>>;

/// Writes the identity section: the crate's name and version, unless told otherwise.
#[macro_export]
macro_rules! identity {
    () => {
        const _: () = {
            const JSON: &str = concat!(
                r#"{"magic":[204,27,112,16,0,1,0,0],"abi_envelope":1,"plugin_name":""#,
                env!("CARGO_PKG_NAME"),
                r#"","plugin_version":""#,
                env!("CARGO_PKG_VERSION"),
                r#""}"#,
            );

            #[used]
            #[cfg_attr(target_arch = "wasm32", unsafe(link_section = "cc_lb.plugin.v1"))]
            static IDENTITY: [u8; JSON.len()] = $crate::section_bytes(JSON);
        };
    };
}

/// Exports the handshake and the wire functions, `name => Handler` each.
#[macro_export]
macro_rules! exports {
    ($($name:ident => $handler:ty),+ $(,)?) => {
        #[unsafe(no_mangle)]
        pub extern "C" fn cc_lb_handshake() -> i32 {
            $crate::handshake(&[$(stringify!($name)),+])
        }

        $(
            #[unsafe(no_mangle)]
            pub extern "C" fn $name() -> i32 {
                $crate::serve::<$handler>()
            }
        )+
    };
}

/// A whole plugin: identity, handshake, self-check and the wire functions, `name => Handler` each.
#[macro_export]
macro_rules! plugin {
    ($($name:ident => $handler:ty),+ $(,)?) => {
        $crate::identity!();
        $crate::exports! { $($name => $handler),+ }

        #[unsafe(no_mangle)]
        pub extern "C" fn cc_lb_self_check() -> i32 {
            $crate::self_check(&[$($crate::round_trip::<$handler>),+])
        }
    };
}

/// The text as an array, which is what a custom section has to be.
pub const fn section_bytes<const N: usize>(text: &str) -> [u8; N] {
    let mut bytes = [0; N];
    let mut index = 0;
    while index < N {
        bytes[index] = text.as_bytes()[index];
        index += 1;
    }
    bytes
}

/// Answers the host's offer with the functions of this plugin.
pub fn handshake(functions: &[&str]) -> i32 {
    // Hosts of this line offer version 1 of every function and nothing else: one answer fits all.
    let names: Vec<String> = functions.iter().map(|name| format!(r#""{name}""#)).collect();
    let chosen: Vec<String> = names.iter().map(|name| format!("{name}:{VERSION}")).collect();
    let supported: Vec<String> = names.iter().map(|name| format!("{name}:[{VERSION}]")).collect();
    run_string_export(|_| {
        Ok(format!(
            r#"{{"handshake_schema_version":1,"envelope_version":1,"chosen_versions":{{{}}},"#,
            chosen.join(",")
        ) + &format!(
            r#""plugin_supported":{{{}}},"implemented_functions":[{}],"required_capabilities":[]}}"#,
            supported.join(","),
            names.join(",")
        ))
    })
}

/// Unwraps the dispatch envelope, calls the handler and wraps its answer.
pub fn serve<H: Handler>() -> i32 {
    run_string_export(|input| {
        let mut fields: Fields = serde_json::from_str(&input).map_err(text)?;
        let version = fields.remove("_v").ok_or("plugin envelope missing _v")?;
        if version.get() != VERSION {
            return Err(format!("unsupported plugin envelope _v: {version}"));
        }

        let request = serde_json::to_string(&fields).map_err(text)?;
        let response = H::handle(serde_json::from_str(&request).map_err(text)?)?;
        let response = serde_json::to_string(&response).map_err(text)?;
        let mut fields: Fields = serde_json::from_str(&response).map_err(text)?;
        fields.insert("_v".to_string(), version);
        serde_json::to_string(&fields).map_err(text)
    })
}

/// Answers the host's self-check: every handler of this plugin, whatever the host asks for.
pub fn self_check(round_trips: &[RoundTrip]) -> i32 {
    run_string_export(|input| {
        let request: SelfCheckRequest = serde_json::from_str(&input).map_err(text)?;
        request.validate().map_err(text)?;

        let failures: Vec<SelfCheckFailure> = round_trips
            .iter()
            .filter_map(|round_trip| round_trip().err())
            .map(|message| SelfCheckFailure { stage: SelfCheckStage::WireFunctionTest, message })
            .collect();
        let status =
            if failures.is_empty() { SelfCheckStatus::Success } else { SelfCheckStatus::Failure };
        // WebAssembly has no clock; the host's own stamp is the honest answer.
        let response = SelfCheckResponse { status, failures, completed_at: request.initiated_at };
        response.validate().map_err(text)?;
        serde_json::to_string(&response).map_err(text)
    })
}

/// Takes the dry-run request and response of a handler through the handler's own types and back.
pub fn round_trip<H: Handler>() -> Result<(), String> {
    sample::<<H::Function as WireFunction>::Request, H::Request>(
        "request",
        &H::Function::dry_run_request(),
    )
    .and_then(|()| {
        sample::<<H::Function as WireFunction>::Response, H::Response>(
            "response",
            &H::Function::dry_run_response(),
        )
    })
    .map_err(|error| format!("{}@{VERSION} {error}", H::Function::NAME))
}

fn sample<Wire, Own>(side: &str, sample: &Wire) -> Result<(), String>
where
    Wire: Serialize + DeserializeOwned,
    Own: Serialize + DeserializeOwned,
{
    let failed = |step: &str, error: serde_json::Error| format!("{side} {step} failed: {error}");
    let sent = serde_json::to_string(sample).map_err(|error| failed("serialize", error))?;
    let own: Own = serde_json::from_str(&sent).map_err(|error| failed("deserialize", error))?;
    let back = serde_json::to_string(&own).map_err(|error| failed("reserialize", error))?;
    serde_json::from_str::<Wire>(&back).map_err(|error| failed("wire decode", error))?;
    Ok(())
}

fn text(error: impl ToString) -> String {
    error.to_string()
}
