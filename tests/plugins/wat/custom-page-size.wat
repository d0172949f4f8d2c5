;; A plugin that saves memory.
;;
;; The mistake: pages of one byte are a proposal, and the host's engine has it switched off.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"custom-page-size\","
    "\"plugin_version\":\"0.1.0\"}")

  (memory 256 (pagesize 1))

  (func (export "cc_lb_self_check") (result i32) (i32.const 0)))
