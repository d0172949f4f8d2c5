// What every plugin here repeats of the cc-lb protocol.

import { Host } from "@extism/as-pdk";

/** The answer to every offer: one function, in its first version. */
export function accept(name: string): i32 {
  Host.outputString(
    '{"handshake_schema_version":1,"envelope_version":1,' +
      `"chosen_versions":{"${name}":1},"plugin_supported":{"${name}":[1]},` +
      `"implemented_functions":["${name}"],"required_capabilities":[]}`,
  );
  return 0;
}

/** The response to a self-check that found the given failures, each of them JSON already. */
export function report(failures: string[]): string {
  const status = failures.length == 0 ? "success" : "failure";
  const completedAt = initiatedAt(Host.inputString());
  return `{"status":"${status}","failures":[${failures.join(",")}],"completed_at":${completedAt}}`;
}

export function failure(message: string): string {
  return `{"stage":"wire_function_test","message":"${message}"}`;
}

/** The strings that follow a key, in the order of the text. */
export function stringsOf(json: string, key: string): string[] {
  const mark = `"${key}":"`;
  const found: string[] = [];
  let at = json.indexOf(mark);
  while (at >= 0) {
    const start = at + mark.length;
    const end = json.indexOf('"', start);
    found.push(json.substring(start, end));
    at = json.indexOf(mark, end);
  }
  return found;
}

/** WebAssembly has no clock; the host's own stamp is the honest answer. */
function initiatedAt(request: string): string {
  const mark = '"initiated_at":';
  const start = request.indexOf(mark) + mark.length;
  let end = start;
  while (end < request.length && request.charCodeAt(end) >= 48 && request.charCodeAt(end) <= 57) {
    end++;
  }
  return request.substring(start, end);
}
