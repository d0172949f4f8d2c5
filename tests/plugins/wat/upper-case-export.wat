;; A plugin whose language writes names in another style.
;;
;; The mistake: `ccLbSelfCheck` is not `cc_lb_self_check`.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"upper-case-export\","
    "\"plugin_version\":\"0.1.0\"}")

  (func (export "ccLbSelfCheck") (result i32) (i32.const 0)))
