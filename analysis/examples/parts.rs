//! Takes programs apart and compares the sum of the parts with the interpreter's `target`: `parts PROGRAM.stan DATA.json ...`
//! prints one line a pair: units, the largest error relative to the size of the parts, and remarks. `parts --text PROGRAM.stan` prints
//! the program.

use ppl_analysis::likelihood::pointwise;
use ppl_grammar::format::{Parentheses, print_program};
use ppl_grammar::source::SourceMap;
use ppl_interpreter::{Interpreter, Options};
use ppl_program::check;
use ppl_program::typed::Program;
use ppl_runtime::data::RawData;
use ppl_runtime::density::Stream;
use std::sync::Arc;

fn main() {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.first().is_some_and(|a| a == "--text") {
        arguments.remove(0);
        for file in &arguments {
            println!("{}", apart(file).map_or_else(|e| e, |(_, text, _)| text));
        }
        return;
    }
    for pair in arguments.chunks(2) {
        if let [program, data] = pair {
            println!("{program}\t{}", compare(program, data).unwrap_or_else(|e| e));
        }
    }
}

fn compiled(text: &str) -> Result<Program, String> {
    let source = SourceMap::from_text("program", text.to_string());
    let parsed = ppl_grammar::parse::parse(&source);
    if let Some(d) = parsed.diagnostics.iter().find(|d| d.is_error()) {
        return Err(format!("invalid: {}", d.message));
    }
    check(&parsed.program).map(|c| c.program).map_err(|e| format!("invalid: {}", e[0].message))
}

type Apart = (String, String, ppl_analysis::likelihood::Pointwise);

fn apart(file: &str) -> Result<Apart, String> {
    let text = std::fs::read_to_string(file).map_err(|e| e.to_string())?;
    let source = SourceMap::from_text("program", text.clone());
    let locate = |span| (source.start(span).line, source.start(span).column);
    let out =
        pointwise(&compiled(&text)?, &locate).map_err(|r| format!("refused: line {}: {}", r[0].line, r[0].text))?;
    let written = print_program(&out.program, Parentheses::Minimal);
    compiled(&print_program(&out.weighted, Parentheses::Minimal)).map_err(|e| format!("weighted {e}"))?;
    Ok((text, written, out))
}

fn compare(file: &str, data: &str) -> Result<String, String> {
    let (text, written, out) = apart(file)?;
    let data = std::fs::read_to_string(data).map_err(|e| e.to_string())?;
    let data = RawData::from_json(&data).map_err(|e| e.to_string())?;
    let model = Interpreter::new(Arc::new(compiled(&text)?));
    let parts = Interpreter::new(Arc::new(compiled(&written).map_err(|e| format!("written {e}"))?));
    let bound = model.bind(&data).map_err(|e| format!("data: {e:?}"))?;
    let bound_parts = parts.bind(&data).map_err(|e| format!("written: {e:?}"))?;
    let (mut worst, mut units, mut points): (f64, usize, usize) = (0.0, 0, 0);
    for point in 0..20 {
        let theta: Vec<f64> = (0..bound.dim()).map(|i| 0.5 * f64::sin((1 + point * 31 + i * 17) as f64)).collect();
        let Ok(target) = model.log_density::<f64>(&bound, &theta, Options::NORMALISED) else { continue };
        if !target.is_finite() {
            continue;
        }
        let values = parts
            .write_array(&bound_parts, &theta, Stream { seed: 1, chain: 0, draw: 0 })
            .map_err(|e| format!("written: {e:?}"))?;
        let of = |name: &str| -> Vec<f64> {
            let is = |n: &String| n.split('.').next() == Some(name);
            bound_parts.names().iter().zip(&values).filter(|(n, _)| is(n)).map(|(_, v)| *v).collect()
        };
        let mut all = of(&out.log_prior);
        units = 0;
        for group in &out.groups {
            units += of(&group.counts).iter().filter(|c| **c > 0.0).count();
            all.extend(of(&group.values));
        }
        let size = 1.0 + all.iter().map(|x| x.abs()).sum::<f64>();
        worst = worst.max((all.iter().sum::<f64>() - target).abs() / size);
        points += 1;
        if points == 3 {
            break;
        }
    }
    let remarks: Vec<String> = out.remarks.iter().map(|r| format!("line {}: {}", r.line, r.text)).collect();
    Ok(format!("{units} units\t{points} points\terror {worst:e}\t{}", remarks.join("; ")))
}
