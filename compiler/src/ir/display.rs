//! A readable listing of the representation, for debugging and golden tests.

use super::{Function, Op, Region};
use std::fmt;

impl fmt::Display for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, buffer) in self.buffers.iter().enumerate() {
            writeln!(f, "buffer {i}: {:?}[{}] {:?}", buffer.elem, buffer.len, buffer.home)?;
        }
        region(f, &self.body, 0)
    }
}

fn region(f: &mut fmt::Formatter<'_>, r: &Region, depth: usize) -> fmt::Result {
    let pad = "  ".repeat(depth);
    for op in &r.ops {
        match op {
            Op::For(l) => {
                writeln!(f, "{pad}for#{} {:?} in {:?}:{:?} {:?}", l.id.0, l.index, l.lower, l.upper, l.frame)?;
                region(f, &l.body, depth + 1)?;
            }
            Op::While(l) => {
                writeln!(f, "{pad}while#{} {:?} {:?}", l.id.0, l.go, l.frame)?;
                region(f, &l.body, depth + 1)?;
            }
            Op::If(i) => {
                writeln!(f, "{pad}if {:?}", i.condition)?;
                region(f, &i.then, depth + 1)?;
                if !i.otherwise.ops.is_empty() {
                    writeln!(f, "{pad}else")?;
                    region(f, &i.otherwise, depth + 1)?;
                }
            }
            op => writeln!(f, "{pad}{op:?}")?,
        }
    }
    Ok(())
}
