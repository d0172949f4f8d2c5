//! One export for each way to panic or to run without end.
#![allow(unreachable_code, unconditional_panic)]

use std::collections::BTreeMap;
use std::fs::File;
use std::hint::black_box;
use std::time::{Duration, Instant, SystemTime};

macro_rules! ways {
    ($($name:ident => $body:expr),+ $(,)?) => {
        $(
            #[unsafe(no_mangle)]
            pub extern "C" fn $name() -> i32 {
                black_box($body);
                0
            }
        )+
    };
}

ways! {
    index => list()[black_box(7)],
    slice_range => list()[black_box(2)..black_box(9)].len(),
    slice_order => list()[black_box(2)..black_box(1)].len(),
    char_boundary => black_box("né")[..black_box(2)].len(),
    unwrap_none => list().get(black_box(7)).unwrap(),
    expect_some => list().get(black_box(7)).expect("a seventh"),
    unwrap_err => black_box("no number").parse::<u32>().unwrap(),
    expect_ok => black_box("no number").parse::<u32>().expect("a number"),
    missing_key => BTreeMap::from([(black_box(1), 2)])[&black_box(3)],
    add_overflow => black_box(u8::MAX) + black_box(1),
    subtract_overflow => black_box(0usize) - black_box(1),
    divide_by_zero => black_box(1) / black_box(0),
    remainder_of_zero => black_box(1) % black_box(0),
    allocation => [0, 1].map(|_| Vec::<u8>::with_capacity(black_box(i32::MAX as usize))),
    capacity => Vec::<u64>::with_capacity(black_box(usize::MAX)),
    explicit => explicit_panic(),
    unreachable_code => unreachable!("{}", black_box(1)),
    not_done => todo!("{}", black_box(1)),
    assertion => assert!(black_box(1) > black_box(2)),
    equality => assert_eq!(black_box(1), black_box(2)),
    stack => depth(black_box(1)),
    system_time => SystemTime::now(),
    instant => Instant::now(),
    sleep => std::thread::sleep(Duration::from_millis(1)),
    thread => std::thread::spawn(|| ()).join().is_ok(),
    process_id => std::process::id(),
    file => File::open("limits.toml").unwrap(),
    exit => std::process::exit(1),
    abort => std::process::abort(),
    wrong_pointer => call_as_two(black_box(one_argument as *const ())),
    loops => orbit(black_box(27)),
}

fn list() -> Vec<u8> {
    vec![1, 2, 3]
}

fn explicit_panic() {
    if black_box(true) {
        panic!("the quota of {} is used up", black_box(5));
    }
}

fn depth(of: u64) -> u64 {
    if black_box(of) == 0 { 0 } else { 1 + depth(of + 1) }
}

fn one_argument(number: u64) -> u64 {
    number + 1
}

fn call_as_two(pointer: *const ()) -> u32 {
    // What a wrong declaration of a foreign function comes to.
    let function: fn(u32, u32) -> u32 = unsafe { std::mem::transmute(pointer) };
    function(black_box(1), black_box(2))
}

fn orbit(start: u64) -> u64 {
    let mut number = start;
    loop {
        number = number.rotate_left(3) ^ 0x5bd1;
        black_box(number);
    }
}
