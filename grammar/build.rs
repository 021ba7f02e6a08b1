//! Generates the parsers from `src/stan.lalrpop` and `src/models/notation.lalrpop`.

fn main() {
    if let Err(error) = lalrpop::Configuration::new().emit_rerun_directives(true).process_dir("src") {
        panic!("lalrpop: {error}");
    }
}
