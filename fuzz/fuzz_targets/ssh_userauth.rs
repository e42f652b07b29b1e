//! libFuzzer's way into `longshore_fuzz_targets::ssh_userauth`.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|input: &[u8]| longshore_fuzz_targets::ssh_userauth(input));
