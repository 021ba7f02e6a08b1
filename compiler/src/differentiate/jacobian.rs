//! Jacobians of functions of several outputs: one forward sweep, and a reverse sweep for each output.

use super::Differentiator;
use crate::ir::*;
use std::collections::HashMap;

/// Columns of a row of the Jacobian that are stored one by one: it is strided, which a call for all is slow at.
const WRITTEN_OUT: usize = 64;

/// The function with its Jacobian: the derivatives of the buffer at [`Home::Output`] with respect to the one at [`Home::Theta`] go to
/// [`Home::Gradient`], column by column (one column a parameter).
///
/// The reverse sweep is the body of a loop over the outputs. What it reads of the forward sweep stays where it is from one of its
/// iterations to the next, and so do the frames, which are popped anew each time.
pub fn jacobian(f: &Function) -> Function {
    let mut d = Differentiator::new(f, Home::Static);
    let find = |home: Home| {
        let at = f.buffers.iter().position(|b| b.home == home)?;
        Some((BufferId(at as u32), f.buffers[at].len))
    };
    let mut nodes = d.forward(&f.body, ROOT, None);
    d.assigned_adjoints(f);
    let mut sweeps = Vec::new();
    if let (Some((theta, columns)), Some((output, rows))) = (find(Home::Theta), find(Home::Output)) {
        let (adjoint, seeds) = (d.adjoint_buffer(theta), d.adjoint_buffer(output));
        let reverse = d.reverse_nodes(&mut nodes, HashMap::new());
        let mut body = d.zeroed(0, Some(ROOT));
        let [first, last, row] = [(); 3].map(|()| d.out.value(Ty::I64));
        let one = d.out.value(Ty::F64);
        body.push(Op::Real(one, 1.0));
        body.push(Op::Store { buffer: seeds, at: At::default().plus(row, 1).offset(-1), value: one });
        body.extend(reverse);
        let gradient = d.fresh_buffer(Elem::F64, rows * columns, Home::Gradient);
        let at = At::default().plus(row, 1).offset(-1);
        if columns <= WRITTEN_OUT {
            for column in 0..columns as i64 {
                let value = d.out.value(Ty::F64);
                body.push(Op::Load { out: value, buffer: adjoint, at: At::constant(column) });
                body.push(Op::Store { buffer: gradient, at: at.offset(column * rows as i64), value });
            }
        } else {
            let to = View { buffer: gradient, at, dims: vec![columns], strides: vec![rows] };
            body.push(Op::Copy { to, from: View::vector(adjoint, At::default(), columns) });
        }
        let id = d.out.new_loop();
        d.slot_counts.push(0);
        sweeps.extend([Op::Int(first, 1), Op::Int(last, rows as i64)]);
        sweeps.push(Op::For(Box::new(For {
            id,
            index: row,
            lower: first,
            upper: last,
            body: Region { ops: body },
            frame: FrameUse::Drop,
            failed: None,
        })));
    }
    let mut ops = d.finish(nodes);
    ops.push(Op::Reverse);
    ops.extend(sweeps);
    d.out.slots = d.slot_counts;
    d.out.body = Region { ops };
    d.out
}
