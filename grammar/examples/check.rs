//! `cargo run -p ppl-grammar --example check -- FILE...` shows the syntax errors of programs.

fn main() {
    for path in std::env::args().skip(1) {
        match ppl_grammar::source::SourceMap::load(path.as_ref(), &[]) {
            Ok(source) => {
                let parsed = ppl_grammar::parse::parse(&source);
                print!("{}", ppl_grammar::render::render_all(&source, &parsed.diagnostics, false));
            }
            Err(error) => println!("{error}"),
        }
    }
}
