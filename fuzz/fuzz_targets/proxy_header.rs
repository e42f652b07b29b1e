//! libFuzzer's way into `longshore_fuzz_targets::proxy_header`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| longshore_fuzz_targets::proxy_header(input));
