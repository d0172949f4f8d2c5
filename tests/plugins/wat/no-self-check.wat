;; A plugin whose author has not come to the self-check yet.
;;
;; The mistake: without it, no host admits the plugin.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"no-self-check\","
    "\"plugin_version\":\"0.1.0\"}")

  (func (export "cc_lb_handshake") (result i32) (i32.const 0))
  (func (export "observe") (result i32) (i32.const 0)))
