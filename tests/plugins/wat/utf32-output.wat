;; A plugin that keeps its texts as arrays of code points.
;;
;; The mistake: it hands over such an array as it is, four bytes for each character.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"utf32-output\","
    "\"plugin_version\":\"0.1.0\"}")

  (import "extism:host/env" "alloc" (func $alloc (param i64) (result i64)))
  (import "extism:host/env" "store_u8" (func $store_u8 (param i64 i32)))
  (import "extism:host/env" "output_set" (func $output_set (param i64 i64)))

  (memory 1)
  (data (i32.const 0) "{\"status\":\"success\",\"failures\":[],\"completed_at\":1}") ;; 51 characters

  (func (export "cc_lb_self_check") (result i32)
    (local $offset i64)
    (local $index i32)
    (local.set $offset (call $alloc (i64.const 204))) ;; whose memory is all zeros
    (loop $next
      (call $store_u8
        (i64.add
          (local.get $offset)
          (i64.extend_i32_u (i32.mul (local.get $index) (i32.const 4))))
        (i32.load8_u (local.get $index)))
      (local.set $index (i32.add (local.get $index) (i32.const 1)))
      (br_if $next (i32.lt_u (local.get $index) (i32.const 51))))
    (call $output_set (local.get $offset) (i64.const 204))
    (i32.const 0)))
