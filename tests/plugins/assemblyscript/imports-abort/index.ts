// Accepts every upstream.
//
// The mistake: built without `--use abort=…`. AssemblyScript then imports `env.abort` for whatever
// can throw, which a browser has and a cc-lb host has not.

import { Host } from "@extism/as-pdk";
import { accept, report, stringsOf } from "../lib/cc-lb";

export function cc_lb_handshake(): i32 {
  return accept("filter");
}

export function filter(): i32 {
  const results = stringsOf(Host.inputString(), "upstream_id").map<string>(
    (id: string) => `{"upstream_id":"${id}","decision":"accept","reason":""}`,
  );
  Host.outputString(`{"_v":1,"results":[${results.join(",")}]}`);
  return 0;
}

export function cc_lb_self_check(): i32 {
  Host.outputString(report([]));
  return 0;
}
