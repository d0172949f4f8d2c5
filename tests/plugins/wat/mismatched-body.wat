;; A plugin that a script has put together.
;;
;; The mistake: a function promises 32 bits and returns 64.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"mismatched-body\","
    "\"plugin_version\":\"0.1.0\"}")

  (func (export "cc_lb_self_check") (result i32) (i64.const 0)))
