fn main() {
    let path = std::env::args().nth(1).unwrap();
    let source = ppl_grammar::source::SourceMap::load(path.as_ref(), &[]).unwrap();
    match ppl_grammar::format::format(&source) {
        Ok(text) => print!("{text}"),
        Err(errors) => println!("{errors:#?}"),
    }
}
