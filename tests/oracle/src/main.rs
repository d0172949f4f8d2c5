//! The verdicts of the published host crate, for comparison with ours.
//!
//! `oracle verdicts` reads one JSON object a line, `{"name", "wasm_b64"}`, and answers each at once
//! with one line, `{"name", "verdict": {"variant", "message", "fields" | "response"}}`.
//! `oracle time [--list FILE] FILE…` checks each file once and prints the wall time of all.

use std::io::{self, BufRead, Write};
use std::panic;
use std::process::ExitCode;
use std::time::Instant;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use cc_lb_plugin_wire::self_check::SelfCheckResponse;
use cc_lb_runtime_protocol::self_check::{SelfCheckExecutionError as Error, execute_self_check};
use serde_json::{Value, json};

const USAGE: &str = "usage: oracle verdicts < LINES\n       oracle time [--list FILE] [FILE…]";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let result = match arguments.first().map(String::as_str) {
        Some("verdicts") if arguments.len() == 1 => verdicts(),
        Some("time") => time(&arguments[1..]),
        _ => Err(USAGE.into()),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn verdicts() -> Result<()> {
    // A panic becomes part of the answer; its report on stderr would only be noise beside it.
    panic::set_hook(Box::new(|_| {}));
    let mut out = io::stdout().lock();
    for line in io::stdin().lock().lines() {
        let request: Value = serde_json::from_str(&line?)?;
        let text = request["wasm_b64"]
            .as_str()
            .ok_or("no wasm_b64 in the request")?;
        let wasm = STANDARD.decode(text)?;
        let answer = match panic::catch_unwind(|| execute_self_check(&wasm)) {
            Ok(result) => json!({"name": request["name"], "verdict": verdict(&result)}),
            Err(payload) => json!({"name": request["name"], "panic": panic_text(&*payload)}),
        };
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn verdict(result: &std::result::Result<SelfCheckResponse, Error>) -> Value {
    let error = match result {
        Ok(response) => return json!({"variant": null, "message": null, "response": response}),
        Err(error) => error,
    };
    let (variant, fields) = match error {
        Error::Validation(kind) => ("Validation", json!({"kind": format!("{kind:?}")})),
        Error::Instantiate { reason } => ("Instantiate", json!({"reason": reason})),
        Error::MissingSelfCheckExport => ("MissingSelfCheckExport", Value::Null),
        Error::SerializeRequest { reason } => ("SerializeRequest", json!({"reason": reason})),
        Error::Call { reason } => ("Call", json!({"reason": reason})),
        Error::OutputTooLarge { bytes, max } => {
            ("OutputTooLarge", json!({"bytes": bytes, "max": max}))
        }
        Error::DecodeResponse { reason } => ("DecodeResponse", json!({"reason": reason})),
        Error::SuccessWithFailures { count } => ("SuccessWithFailures", json!({"count": count})),
        Error::FailureWithoutFailures => ("FailureWithoutFailures", Value::Null),
        Error::FailureStatus { failures } => ("FailureStatus", json!({"failures": failures})),
        Error::Clock { reason } => ("Clock", json!({"reason": reason})),
        // The enum is non-exhaustive; the pinned version has no other variant.
        other => ("unknown", json!({"debug": format!("{other:?}")})),
    };
    let mut verdict = json!({"variant": variant, "message": error.to_string()});
    if !fields.is_null() {
        verdict["fields"] = fields;
    }
    verdict
}

fn panic_text(payload: &(dyn std::any::Any + Send)) -> String {
    payload
        .downcast_ref::<String>()
        .cloned()
        .or_else(|| {
            payload
                .downcast_ref::<&str>()
                .map(|text| (*text).to_owned())
        })
        .unwrap_or_else(|| "a panic without text".to_owned())
}

fn time(arguments: &[String]) -> Result<()> {
    let mut files: Vec<String> = Vec::new();
    let mut arguments = arguments.iter();
    while let Some(argument) = arguments.next() {
        if argument == "--list" {
            let list = arguments.next().ok_or(USAGE)?;
            files.extend(std::fs::read_to_string(list)?.lines().map(str::to_owned));
        } else {
            files.push(argument.clone());
        }
    }
    let mut passed = 0_usize;
    let begin = Instant::now();
    for file in &files {
        passed += usize::from(execute_self_check(&std::fs::read(file)?).is_ok());
    }
    let seconds = begin.elapsed().as_secs_f64();
    let refused = files.len() - passed;
    println!(
        "{}",
        json!({"seconds": seconds, "artifacts": files.len(), "passed": passed, "refused": refused})
    );
    Ok(())
}
