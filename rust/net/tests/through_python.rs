//! The driver is proven by tests in Python, against a local venue. For `make coverage` they run from here, so that what
//! they reach in this crate is counted together with its own tests.

use std::env;
use std::process::Command;

#[test]
#[ignore = "`make coverage` runs it, with an instrumented extension"]
fn tests_in_python() {
    let command = env::var("HEDGEWIRE_PYTHON_TESTS").expect("HEDGEWIRE_PYTHON_TESTS is the command to run");
    let status = Command::new("bash").args(["-c", &command]).status().expect("bash starts");
    assert!(status.success(), "{command}: {status}");
}
