;; What TinyGo makes of a plugin with `-target=wasm`.
;;
;; The mistake: that target is for a browser, and JavaScript has to define some of the imports.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"browser-go\","
    "\"plugin_version\":\"0.1.0\"}")

  (import "gojs" "runtime.ticks" (func $ticks (result f64)))
  (import "gojs" "runtime.sleepTicks" (func $sleep (param f64)))
  (import "wasi_snapshot_preview1" "fd_write"
    (func $write (param i32 i32 i32 i32) (result i32)))

  (func (export "cc_lb_self_check") (result i32) (i32.const 0)))
