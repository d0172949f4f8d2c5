;; A plugin of cc-lb's newer line: raw WebAssembly, rkyv instead of JSON, and no import at all.
;;
;; No mistake, only the wrong host. The section's name is the one that Extism's line uses too.
(module
  (@custom "cc_lb.plugin.v1"
    "{\"name\":\"newer-line\",\"version\":\"1.0.0\",\"description\":\"Shapes requests.\","
    "\"usage\":\"Attach to the shape hook.\",\"hooks\":{\"shape\":{\"wire_version\":1,"
    "\"description\":\"Passes requests on.\",\"usage\":\"No configuration.\",\"mode\":\"active\"}}}")
  (@custom "cc_lb.schema.shape.v1"
    "\5b\1e\c0\93\77\2d\48\fa\06\b1\9c\e3\51\84\2a\d7\60\0f\cb\39\8e\f2\15\a6\44\db\72\0d\b8\e9\37\c1")

  (memory (export "memory") 2)
  (global $free (mut i32) (i32.const 65536))

  (func (export "cc_lb_alloc") (param $length i32) (result i32)
    (local $start i32)
    (local.set $start (global.get $free))
    (global.set $free (i32.add (global.get $free) (local.get $length)))
    (local.get $start))

  (func (export "cc_lb_free") (param $start i32) (param $length i32)
    (global.set $free (local.get $start)))

  ;; Gives back what it was given: pointer in the upper half, length in the lower.
  (func (export "cc_lb_shape") (param $start i32) (param $length i32) (result i64)
    (i64.or
      (i64.shl (i64.extend_i32_u (local.get $start)) (i64.const 32))
      (i64.extend_i32_u (local.get $length)))))
