// Accepts every upstream, and complains about functions of the host that it does not know.
//
// The mistake is the pdk's: `Host.outputString` counts UTF-16 units where the host counts bytes. One
// dash in a message, three bytes in UTF-8, and the response loses its end.

import { Host } from "@extism/as-pdk";
import { accept, failure, report, stringsOf } from "../lib/cc-lb";

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
  const failures: string[] = [];
  if (Host.inputString().includes('"build_signer"')) {
    failures.push(failure("build_signer – this plugin signs nothing"));
  }
  Host.outputString(report(failures));
  return 0;
}
