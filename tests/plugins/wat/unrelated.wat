;; Not a plugin, and nothing claims that it is one: what else lies in a build directory.
(module
  (func (export "add") (param i32 i32) (result i32)
    (i32.add (local.get 0) (local.get 1))))
