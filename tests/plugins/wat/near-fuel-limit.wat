;; A plugin that stretches a key, as far as the fuel just lets it.
;;
;; The host accepts it; a little more work, and it would not.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"near-fuel-limit\","
    "\"plugin_version\":\"0.1.0\"}")

  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))

  (memory 1)
  (data (i32.const 0) "{\"status\":\"success\",\"failures\":[],\"completed_at\":1750000000}") ;; 60 bytes

  ;; 700,000 rounds of some thirteen units
  (func $stretch (result i64)
    (local $round i32)
    (local $key i64)
    (local.set $key (i64.const 0x5bd1e995))
    (local.set $round (i32.const 700000))
    (loop $next
      (local.set $key
        (i64.rem_u (i64.mul (local.get $key) (local.get $key)) (i64.const 0x7fffffff)))
      (local.set $round (i32.sub (local.get $round) (i32.const 1)))
      (br_if $next (local.get $round)))
    (local.get $key))

  (func (export "cc_lb_self_check") (result i32)
    (local $offset i64)
    (local $index i32)
    (drop (call $stretch))
    (local.set $offset (call $alloc (i64.const 60)))
    (loop $next
      (call $store_u8
        (i64.add (local.get $offset) (i64.extend_i32_u (local.get $index)))
        (i32.load8_u (local.get $index)))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $index) (i32.const 60))))
    (call $output_set (local.get $offset) (i64.const 60))
    (i32.const 0)))
