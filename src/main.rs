//! The command `ppl`.

mod command;

use std::process::ExitCode;

fn main() -> ExitCode {
    command::main()
}
