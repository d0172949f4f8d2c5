;; A plugin that exports everything it has.
;;
;; The mistake: the self-check's name is given to the memory.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"exported-memory\","
    "\"plugin_version\":\"0.1.0\"}")

  (memory (export "cc_lb_self_check") 1)

  (func (export "cc_lb_handshake") (result i32) (i32.const 0)))
