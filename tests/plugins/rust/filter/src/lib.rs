//! Keeps requests away from upstreams whose quota is nearly used up.

use cc_lb_plugin_wire::v2::CandidateWire;
use cc_lb_plugin_wire::v3::filter::FilterFn;
use cc_lb_plugin_wire::v3::{FilterRequest, FilterResponse, PerCandidateReasonWire};
use plugin_support::{Handler, plugin};

/// The share of a quota window above which an upstream is left to recover.
const NEARLY_USED_UP: f64 = 0.95;

struct Filter;

impl Handler for Filter {
    type Function = FilterFn;
    type Request = FilterRequest;
    type Response = FilterResponse;

    fn handle(request: FilterRequest) -> Result<FilterResponse, String> {
        Ok(FilterResponse { results: request.candidates.into_iter().map(decide).collect() })
    }
}

fn decide(candidate: CandidateWire) -> PerCandidateReasonWire {
    let (decision, reason) = match objection(&candidate) {
        Some(reason) => ("reject", reason),
        None => ("accept", String::new()),
    };
    PerCandidateReasonWire {
        upstream_id: candidate.upstream_id,
        decision: decision.to_string(),
        reason,
    }
}

fn objection(candidate: &CandidateWire) -> Option<String> {
    let exhausted = candidate.observed_rate_limits.iter().find(|limit| limit.remaining == Some(0));
    if let Some(limit) = exhausted {
        return Some(format!("no {} left in {}", limit.kind, limit.window));
    }
    candidate.subscription_quotas.iter().find_map(|quota| {
        let used = quota.utilization.filter(|used| *used > NEARLY_USED_UP)?;
        Some(format!("{:.0} % of {} used", used * 100.0, quota.window))
    })
}

plugin! { filter => Filter }
