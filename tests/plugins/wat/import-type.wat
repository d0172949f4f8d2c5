;; A plugin whose imports are declared by hand.
;;
;; The mistake: Extism's `alloc` takes and returns 64 bits.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"import-type\","
    "\"plugin_version\":\"0.1.0\"}")

  (import "extism:host/env" "alloc" (func $alloc (param i32) (result i32)))

  (func (export "cc_lb_self_check") (result i32) (i32.const 0)))
