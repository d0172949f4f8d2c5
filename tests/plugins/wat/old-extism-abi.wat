;; A plugin on a pdk from before Extism 1.0.
;;
;; The mistake: its imports are those of that time, in a module `env` that no host offers any more.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"old-extism-abi\","
    "\"plugin_version\":\"0.4.0\"}")

  (import "env" "extism_alloc" (func $alloc (param i64) (result i64)))
  (import "env" "extism_store_u8" (func $store_u8 (param i64 i32)))
  (import "env" "extism_output_set" (func $output_set (param i64 i64)))

  (memory 1)
  (data (i32.const 0) "{\"status\":\"success\",\"failures\":[],\"completed_at\":1}") ;; 51 bytes

  (func (export "cc_lb_self_check") (result i32)
    (local $offset i64)
    (local $index i32)
    (local.set $offset (call $alloc (i64.const 51)))
    (loop $next
      (call $store_u8
        (i64.add (local.get $offset) (i64.extend_i32_u (local.get $index)))
        (i32.load8_u (local.get $index)))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $index) (i32.const 51))))
    (call $output_set (local.get $offset) (i64.const 51))
    (i32.const 0)))
