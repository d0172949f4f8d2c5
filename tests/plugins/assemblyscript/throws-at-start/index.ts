// Accepts the upstreams of one region.
//
// The mistake: the region is looked up at the top of the module, under a name that it does not have.
// That code runs in the start function, so the host fails before it comes to calling anything.

import { Host } from "@extism/as-pdk";
import { accept, report, stringsOf } from "../lib/cc-lb";

const prefixes = new Map<string, string>();
prefixes.set("us", "us-");
prefixes.set("europe", "eu-");

const region = prefixes.get("eu");

/** Stands in for the import `env.abort`, which no cc-lb host has. */
export function trap(_message: string | null, _file: string | null, _line: u32, _column: u32): void {
  unreachable();
}

export function cc_lb_handshake(): i32 {
  return accept("filter");
}

export function filter(): i32 {
  const input = Host.inputString();
  const names = stringsOf(input, "name");
  const results: string[] = [];
  const ids = stringsOf(input, "upstream_id");
  for (let index = 0; index < ids.length; index++) {
    const decision = names[index].startsWith(region) ? "accept" : "reject";
    results.push(`{"upstream_id":"${ids[index]}","decision":"${decision}","reason":""}`);
  }
  Host.outputString(`{"_v":1,"results":[${results.join(",")}]}`);
  return 0;
}

export function cc_lb_self_check(): i32 {
  Host.outputString(report([]));
  return 0;
}
