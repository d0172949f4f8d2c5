;; A plugin that returns an error number and a length.
;;
;; The mistake: the host takes one result, or none.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"two-results\","
    "\"plugin_version\":\"0.1.0\"}")

  (func (export "cc_lb_self_check") (result i32 i32) (i32.const 0) (i32.const 0)))
