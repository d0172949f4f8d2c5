;; The smallest plugin that a host takes: it watches traffic and remembers nothing.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"observe-wat\","
    "\"plugin_version\":\"0.1.0\"}")

  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))

  (memory 1)

  (data (i32.const 0)
    "{\"handshake_schema_version\":1,\"envelope_version\":1,\"chosen_versions\":{\"observe\":1},"
    "\"plugin_supported\":{\"observe\":[1]},\"implemented_functions\":[\"observe\"],"
    "\"required_capabilities\":[]}") ;; 181 bytes
  (data (i32.const 256) "{\"_v\":1}") ;; 8 bytes
  ;; The host wants a positive time and compares it with nothing: the first second will do.
  (data (i32.const 512) "{\"status\":\"success\",\"failures\":[],\"completed_at\":1}") ;; 51 bytes

  (func $send (param $from i32) (param $length i32) (result i32)
    (local $offset i64)
    (local $index i32)
    (local.set $offset (call $alloc (i64.extend_i32_u (local.get $length))))
    (loop $next
      (call $store_u8
        (i64.add (local.get $offset) (i64.extend_i32_u (local.get $index)))
        (i32.load8_u (i32.add (local.get $from) (local.get $index))))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $index) (local.get $length))))
    (call $output_set (local.get $offset) (i64.extend_i32_u (local.get $length)))
    (i32.const 0))

  (func (export "cc_lb_handshake") (result i32) (call $send (i32.const 0) (i32.const 181)))
  (func (export "observe") (result i32) (call $send (i32.const 256) (i32.const 8)))
  (func (export "cc_lb_self_check") (result i32) (call $send (i32.const 512) (i32.const 51))))
