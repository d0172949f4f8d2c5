;; What Emscripten makes of a plugin.
;;
;; The mistake: its imports are defined in JavaScript, and there is none here.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"emscripten-build\","
    "\"plugin_version\":\"0.1.0\"}")

  (import "env" "emscripten_resize_heap" (func $resize (param i32) (result i32)))
  (import "env" "_abort_js" (func $abort))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))

  (func (export "cc_lb_self_check") (result i32) (i32.const 0)))
