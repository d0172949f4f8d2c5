;; A plugin that prepares a table before anything is called.
;;
;; The mistake: `_initialize` never ends, and burns all of its fuel.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"initialize-loops\","
    "\"plugin_version\":\"0.1.0\"}")

  (func (export "_initialize") (loop $again (br $again)))

  (func (export "cc_lb_self_check") (result i32) (i32.const 0)))
