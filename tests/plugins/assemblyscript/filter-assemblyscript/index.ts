// Accepts every upstream; a plugin in AssemblyScript on Extism's own pdk.

import { Host } from "@extism/as-pdk";
import { accept, report, stringsOf } from "../lib/cc-lb";

/** Stands in for the import `env.abort`, which no cc-lb host has. */
export function trap(_message: string | null, _file: string | null, _line: u32, _column: u32): void {
  unreachable();
}

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
