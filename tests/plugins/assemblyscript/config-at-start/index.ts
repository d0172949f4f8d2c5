// Accepts the upstreams of one region.
//
// The mistake: the region is read from the configuration at the top of the module. That code runs in
// the start function, where the engine has not yet set up what `config_get` works on: it does not
// refuse the plugin, it crashes, and takes the process of whoever called it along.

import { Config, Host } from "@extism/as-pdk";
import { accept, report, stringsOf } from "../lib/cc-lb";

const configured = Config.get("region");
const region: string = configured === null ? "us" : configured!;

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
