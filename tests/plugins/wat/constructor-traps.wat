;; A plugin whose global variables are set up by `__wasm_call_ctors`.
;;
;; The mistake: one of them divides by zero, before the self-check begins.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"constructor-traps\","
    "\"plugin_version\":\"0.1.0\"}")

  (func (export "__wasm_call_ctors")
    (drop (i32.div_u (i32.const 1) (i32.const 0))))

  (func (export "cc_lb_self_check") (result i32) (i32.const 0)))
