//! Generates the parser from `src/stan.lalrpop`.

fn main() {
    if let Err(error) = lalrpop::Configuration::new().emit_rerun_directives(true).process_dir("src") {
        panic!("src/stan.lalrpop: {error}");
    }
}
