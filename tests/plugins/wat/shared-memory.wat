;; A plugin whose build switched on threads.
;;
;; The mistake: its memory is shared, which the host's engine does not allow.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"shared-memory\","
    "\"plugin_version\":\"0.1.0\"}")

  (memory 1 2 shared)

  (func (export "cc_lb_self_check") (result i32) (i32.const 0)))
