;; A plugin that was linked with `--allow-undefined`.
;;
;; The mistake: two functions of the C library are defined nowhere.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"undefined-symbols\","
    "\"plugin_version\":\"0.1.0\"}")

  (import "env" "strlen" (func $strlen (param i32) (result i32)))
  (import "env" "memcpy" (func $memcpy (param i32 i32 i32) (result i32)))

  (func (export "cc_lb_self_check") (result i32) (i32.const 0)))
