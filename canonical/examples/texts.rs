use ppl_canonical::*;
fn program(text: String) -> ppl_program::typed::Program {
    let parsed = ppl_grammar::parse::parse(&ppl_grammar::source::SourceMap::from_text("p", text));
    ppl_program::check(&parsed.program).unwrap().program
}
fn hashes(p: &ppl_program::typed::Program) -> std::collections::BTreeMap<u64, String> {
    let mut form = read::read(p, true).unwrap();
    rules::apply(&mut form, Level::Density);
    let mut order = order::Order::plain(&mut form);
    let mut out = std::collections::BTreeMap::new();
    for f in form.factors.clone() {
        let h = order.factor_hash(&mut form.terms, &f);
        let mut parts = Vec::new();
        for t in f.terms() {
            parts.push(show(&form.terms, t));
        }
        out.insert(h, format!("{:?} {}", f.over.len(), parts.join(" | ")));
    }
    out
}
fn show(t: &term::Terms, id: term::Id) -> String {
    match t.kind(id) {
        term::Kind::Var(v) => t.variables[v.0 as usize].name.clone(),
        term::Kind::Bound(i) => format!("#{i}"),
        term::Kind::Int(i) => format!("{i}"),
        term::Kind::Real(b) => format!("{}", f64::from_bits(*b)),
        k => {
            let mut c = Vec::new();
            t.children(id, &mut |x| c.push(show(t, x)));
            let n = match k {
                term::Kind::Call(f, _) => format!("{f:?}"),
                term::Kind::Sum(_) => "+".into(),
                term::Kind::Product(_) => "*".into(),
                term::Kind::Power(..) => "^".into(),
                term::Kind::Index(..) => "at".into(),
                _ => "build".into(),
            };
            format!("{n}({})", c.join(", "))
        }
    }
}
fn main() {
    let text = std::fs::read_to_string(std::env::args().nth(1).unwrap()).unwrap();
    let p = program(text);
    let c = canonicalise(&p, Options { level: Level::Density, data_names: false }).unwrap();
    let (a, b) = (hashes(&p), hashes(&program(c.text)));
    for (h, s) in &a {
        if !b.contains_key(h) {
            println!("- {s}");
        }
    }
    for (h, s) in &b {
        if !a.contains_key(h) {
            println!("+ {s}");
        }
    }
}
