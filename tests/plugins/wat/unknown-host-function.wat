;; A plugin that asks Extism itself for more than it has.
;;
;; The mistake: the import's name. Extism has `input_length` and no `input_len`; to the engine this is
;; a plugin whose pdk is newer than the host.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,"
    "\"plugin_name\":\"unknown-host-function\",\"plugin_version\":\"0.1.0\"}")

  (import "extism:host/env" "input_len" (func $input_len (result i64)))

  (func (export "cc_lb_self_check") (result i32)
    (i32.eqz (i32.wrap_i64 (call $input_len)))))
