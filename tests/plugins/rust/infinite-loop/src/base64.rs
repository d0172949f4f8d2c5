//! A small base64 decoder, to do without a dependency.

pub fn decode(text: &str) -> Vec<u8> {
    let digits = text.as_bytes();
    let mut bytes = Vec::new();
    let mut bits = 0u32;
    let mut held = 0;
    let mut index = 0;
    while index < digits.len() {
        let Some(digit) = value(digits[index]) else {
            continue;
        };
        bits = bits << 6 | digit;
        held += 6;
        if held >= 8 {
            held -= 8;
            bytes.push((bits >> held) as u8);
        }
        index += 1;
    }
    bytes
}

fn value(digit: u8) -> Option<u32> {
    match digit {
        b'A'..=b'Z' => Some(u32::from(digit - b'A')),
        b'a'..=b'z' => Some(u32::from(digit - b'a') + 26),
        b'0'..=b'9' => Some(u32::from(digit - b'0') + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}
