//! Only here because `cargo new` put it here.

fn main() {}
