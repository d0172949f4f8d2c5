;; A plugin that clears a buffer before it begins.
;;
;; The mistake: the buffer has 64 MiB, and the engine charges a unit of fuel for each byte. An older
;; engine charges one for all of them.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"magic\":[204,27,112,16,0,1,0,0],\"abi_envelope\":1,\"plugin_name\":\"large-fill\","
    "\"plugin_version\":\"0.1.0\"}")

  (memory 1024)

  (func (export "cc_lb_self_check") (result i32)
    (memory.fill (i32.const 0) (i32.const 255) (i32.const 67108864))
    (i32.const 0)))
